/** One try at one mirror: asks for what is missing of a part, checks what the server says it sends, and appends it. */
import type { Dispatcher } from 'undici';
import { discard, get, one } from './http';
import { faultOf, MirrorFault } from './mirror-fault';
import type { Origin, Part } from './part';
import { piecesOf } from './pieces-of';

export interface TransferRequest {
  readonly url: string;
  readonly part: Part;
  readonly size: number | undefined;
  readonly dispatcher: Dispatcher;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes: (of: number | undefined) => void;
  readonly say: (line: string) => void;
}

/** @throws MirrorFault where the part is not whole afterwards; what has come stays in the part. */
export async function transfer(request: TransferRequest): Promise<void> {
  try {
    await once(request);
  } catch (cause) {
    if (!(cause instanceof MirrorFault && cause.stale)) throw cause;
    await wholeAgain(request, cause.message);
  }
}

/** Without what there is already. */
export async function wholeAgain(request: TransferRequest, why: string): Promise<void> {
  request.say(`${why}: it is fetched whole`);
  await request.part.restart();
  await once(request);
}

async function once({ url, part, size, dispatcher, signal, onBytes, say }: TransferRequest): Promise<void> {
  const offset = part.length;
  const response = await get(url, { headers: { ...plainly, ...(offset > 0 ? rest(part, url) : {}) }, dispatcher, signal });
  let total: number | undefined;
  try {
    total = announced(response, { url, part, size });
  } catch (cause) {
    discard(response);
    throw cause;
  }
  const pieces = piecesOf(response.body);
  if (response.statusCode === 200 && offset > 0) {
    say(`sends the whole file again, not the rest of it: the ${offset} bytes that were there are fetched anew`);
    await part.restart();
  }
  if (response.statusCode === 206) say(`goes on after the ${offset} bytes that were there`);
  if (part.origin?.url !== url || response.statusCode === 200) await part.comesFrom(originOf(url, response));
  try {
    for await (const chunk of pieces) {
      if (total !== undefined && part.length + chunk.length > total)
        throw new MirrorFault(`sends more than the ${total} bytes of the file`, false);
      await part.append(chunk);
      onBytes(total);
    }
  } catch (cause) {
    discard(response);
    signal?.throwIfAborted();
    const fault = isOurs(cause) ? cause : faultOf(cause);
    throw fault instanceof MirrorFault && fault.again
      ? new MirrorFault(`${fault.message}, after ${part.length}${of(total)} bytes`, true)
      : fault;
  }
  if (total !== undefined && part.length < total) throw new MirrorFault(`ended after ${part.length}${of(total)} bytes`, true);
}

/** The file as it is: a body that was packed for the way has another length and another checksum. */
const plainly = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'groundstate' };

/** Asks for what is missing; from the place that the rest came from, only if the file is still the same. */
function rest({ length, origin }: Part, url: string): Readonly<Record<string, string>> {
  const range = { range: `bytes=${length}-` };
  if (origin?.url !== url) return range;
  const validator = origin.etag ?? origin.lastModified;
  return validator === undefined ? range : { ...range, 'if-range': validator };
}

/** Holds what the headers say against what is wanted, before a byte of the part is touched. Returns the length of the whole file. */
function announced(
  response: Dispatcher.ResponseData,
  { url, part, size }: Pick<TransferRequest, 'url' | 'part' | 'size'>,
): number | undefined {
  const { statusCode, headers } = response;
  const offset = part.length;
  if (statusCode === 416) throw new MirrorFault(`has nothing beyond the ${offset} bytes that were there`, false, offset > 0);
  if (statusCode !== 200 && !(statusCode === 206 && offset > 0)) {
    throw new MirrorFault(`answered with status ${statusCode}`, statusCode >= 500 || statusCode === 408 || statusCode === 429);
  }
  const type = one(headers['content-type']) ?? '';
  if (/^text\/html\b/i.test(type)) throw new MirrorFault('sent a web page in place of the file', false);
  const length = one(headers['content-length']);
  let total = length === undefined ? size : Number(length);
  if (statusCode === 206) {
    const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(one(headers['content-range']) ?? '');
    if (range === null || Number(range[1]) !== offset) {
      throw new MirrorFault(`sent another part of the file than the one asked for ("${one(headers['content-range'])}")`, false, true);
    }
    const { etag } = originOf(url, response);
    if (part.origin?.url === url && part.origin.etag !== undefined && etag !== undefined && etag !== part.origin.etag) {
      throw new MirrorFault('has another version of the file than the one that was begun', false, true);
    }
    total = range[3] === '*' ? size : Number(range[3]);
  }
  const encoding = one(headers['content-encoding']) ?? 'identity';
  // Many servers call a packed file a packed way of sending it; then the length is that of the file, and nothing was changed.
  const merelyNamed = /^(x-)?gzip$/.test(encoding) && /\.t?gz$/.test(new URL(url).pathname) && size !== undefined && total === size;
  if (encoding !== 'identity' && !merelyNamed)
    throw new MirrorFault(`packs the file for the way (${encoding}), though it was asked not to`, false);
  if (size !== undefined && total !== size) throw new MirrorFault(`has a file of ${total} bytes under this name, not of ${size}`, false);
  return total;
}

/** A weak ETag does not promise the same bytes, so it is no ground to go on. */
function originOf(url: string, { headers }: Dispatcher.ResponseData): Origin {
  const etag = one(headers.etag);
  const lastModified = one(headers['last-modified']);
  return { url, ...(etag?.startsWith('"') ? { etag } : {}), ...(lastModified === undefined ? {} : { lastModified }) };
}

const isOurs = (cause: unknown): cause is Error =>
  cause instanceof MirrorFault || (cause as Error | undefined)?.name === 'GroundstateError';

const of = (total: number | undefined): string => (total === undefined ? '' : ` of ${total}`);
