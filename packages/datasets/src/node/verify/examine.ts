/** Says what the bytes of a file are that are not the published ones. */
import { GroundstateError } from '@groundstate/core';
import { cifarRecordLength } from '../../formats/cifar-binary';
import { decodeIdx } from '../../formats/idx';
import { looksLike } from '../../formats/looks-like';
import { gunzip, isGzip } from '../../gunzip';
import { type DatasetRecipe, type RecipeFile, recipes, strangers } from '../../recipes';
import { sha256 } from '../../sha256';
import type { FileReport } from './file-report';

type Finding = Omit<FileReport, 'file'>;

export interface Sought {
  readonly recipe: DatasetRecipe;
  readonly wanted: RecipeFile;
  /** The advice where it has to be fetched again. */
  readonly again: string;
}

/** `file`: under which name the bytes were found. */
export async function examine(sought: Sought, file: string, bytes: Uint8Array): Promise<Finding> {
  const { recipe, wanted, again } = sought;
  const sum = await sha256(bytes);
  const packed = file.endsWith('.gz');
  if (sum === wanted.sha256) {
    return packed || file === wanted.name
      ? original
      : { ...original, state: 'same-content', explanation: `${wanted.name} under another name` };
  }
  if (bytes.length === 0) {
    return { state: 'truncated', explanation: `empty: ${wanted.size} bytes are missing`, advice: again };
  }
  if (sum === wanted.content) return { state: 'same-content', explanation: 'the published content, unpacked', advice: '' };
  const edition = recipe.editions?.find(({ files }) => files.some((own) => own.name === wanted.name && own.sha256 === sum));
  if (edition !== undefined) return { state: 'edition', explanation: `not as published: ${edition.title}`, advice: '' };
  const other = whatIs(sum, sought);
  if (other !== undefined) return other;
  const kind = looksLike(bytes);
  if (kind !== undefined && kind !== 'a gzip file' && kind !== 'a MATLAB file') {
    const page = kind === 'an HTML page' ? ', as servers and networks send in place of a file' : '';
    return { state: 'no-data', explanation: `${kind}${page}, not data`, advice: again };
  }
  if (isGzip(bytes)) return inPacked(sought, bytes);
  if (recipe.format === 'idx') return inIdx(sought, bytes);
  return byLength(again, wanted.size, bytes.length, recipe.format === 'cifar-binary' ? inCifar(bytes) : undefined);
}

const original: Finding = { state: 'original', explanation: 'the published file, by SHA-256', advice: '' };

/** Whether it is another file that we know. */
function whatIs(sum: string, { recipe, again }: Sought): Finding | undefined {
  const own = everyFile(recipe).find(({ sha256, content }) => sum === sha256 || sum === content);
  if (own !== undefined) {
    return { state: 'swapped', explanation: `the content of ${own.name}`, advice: 'Files are swapped: give each its own name back.' };
  }
  const stranger = strangers[sum] ?? known(sum);
  if (stranger === undefined) return undefined;
  return { state: 'foreign', explanation: `${stranger}, which go by the same file names`, advice: again };
}

function known(sum: string): string | undefined {
  for (const recipe of Object.values(recipes)) {
    const file = everyFile(recipe).find(({ sha256, content }) => sum === sha256 || sum === content);
    if (file !== undefined) return `${inWords(file.name)} of ${recipe.title.split(',')[0]}`;
  }
  return undefined;
}

/** As fetched, as unpacked, and of its editions. */
const everyFile = ({ files, contents = [], editions = [] }: DatasetRecipe): readonly RecipeFile[] => [
  ...files,
  ...contents,
  ...editions.flatMap((edition) => edition.files),
];

const inWords = (name: string): string =>
  /^(train|t10k)-(images|labels)-/.test(name)
    ? `the ${name.startsWith('train') ? 'training' : 'test'} ${/images|labels/.exec(name)?.[0]}`
    : name;

async function inPacked(sought: Sought, bytes: Uint8Array): Promise<Finding> {
  const { recipe, wanted, again: advice } = sought;
  let content: Uint8Array;
  try {
    content = await gunzip(bytes);
  } catch (cause) {
    const { code, message } = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') return byLength(advice, wanted.size, bytes.length, 'gzip ends too early');
    const words: Readonly<Record<string, string>> = {
      'incorrect data check': 'the CRC-32 inside gzip does not fit the content',
      'incorrect length check': 'the length inside gzip does not fit the content',
      'incorrect header check': 'there are bytes after the end of the packed content',
      'Trailing junk found after the end of the compressed stream': 'there are bytes after the end of the packed content', // Node 24
    };
    const explanation = words[message] ?? `gzip cannot unpack it (${message})`;
    if (bytes.length !== wanted.size) return byLength(advice, wanted.size, bytes.length, explanation);
    return { state: 'damaged', explanation: `as long as it should be, but ${explanation}`, advice };
  }
  const sum = await sha256(content);
  if (sum === wanted.content) return { state: 'same-content', explanation: 'the published content, packed anew', advice: '' };
  const other = whatIs(sum, sought);
  if (other !== undefined) return other;
  if (recipe.format === 'idx') return inIdx(sought, content);
  return { state: 'foreign', explanation: `a whole gzip file of ${content.length} bytes that is not the published one`, advice };
}

/** IDX that is not the published content: what its header says, or what is wrong with it. */
function inIdx({ recipe, wanted, again: advice }: Sought, content: Uint8Array): Finding {
  try {
    const { shape } = decodeIdx(content);
    const kind = shape.length === 1 ? `${shape[0]} labels` : `${shape[0]} images of ${shape.slice(1).join(' x ')}`;
    if (wanted.content === undefined) {
      const explanation = `well-formed, ${kind}; but only the file as published, ${wanted.name}, can be told from others`;
      return { state: 'unknown', explanation, advice };
    }
    return { state: 'foreign', explanation: `well-formed, ${kind}, but not those of ${recipe.title.split(',')[0]}`, advice };
  } catch (cause) {
    if (!GroundstateError.is(cause)) throw cause;
    const wrong = /to be an IDX file of (\d+) bytes, as its header says .*, got (\d+) bytes/.exec(cause.message);
    if (wrong !== null) return byLength(advice, Number(wrong[1]), Number(wrong[2]), 'unpacked, by its own header');
    const kind = looksLike(content) ?? 'not IDX';
    return { state: 'damaged', explanation: `its header is wrong (${kind}, where ${inWords(wanted.name)} should be)`, advice };
  }
}

/** What is wrong with a file of records by itself, if anything; where it ends is told by its length. */
function inCifar(bytes: Uint8Array): string | undefined {
  const whole = bytes.subarray(0, bytes.length - (bytes.length % cifarRecordLength));
  for (let record = 0; record * cifarRecordLength < whole.length; record++) {
    const label = whole[record * cifarRecordLength]!;
    if (label > 9) return `label ${label} at position ${record}`;
  }
  return undefined;
}

function byLength(advice: string, size: number, length: number, detail?: string): Finding {
  const end = detail === undefined ? '' : `; ${detail}`;
  if (length < size) return { state: 'truncated', explanation: `${size - length} of ${size} bytes are missing${end}`, advice };
  if (length > size)
    return { state: 'too-long', explanation: `${length - size} bytes more than the ${size} that it should have${end}`, advice };
  return { state: 'damaged', explanation: `as long as it should be, with other bytes in it${end}`, advice };
}
