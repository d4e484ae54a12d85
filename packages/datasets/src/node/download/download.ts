/**
 * Fetches one file from the first mirror that has it: short time-outs, two tries a mirror, what has come is kept and gone on with,
 * and nothing bears the name of the file before its SHA-256 is right.
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { GroundstateError } from '@groundstate/core';
import type { Dispatcher } from 'undici';
import { looksLike } from '../../formats/looks-like';
import { anotherFile, exists } from '../place-file';
import { sumOfFile } from '../sum-of-file';
import { clearParts } from './adopt';
import { checkedOptions, type Downloaded, type DownloadOptions } from './download-options';
import { createDispatcher } from './http';
import { MirrorFault } from './mirror-fault';
import { openPart, type Part } from './part';
import { type TransferRequest, transfer, wholeAgain } from './transfer';

const owner = 'download';

/**
 * Fetches a file from the first of its mirrors that has it, verified by SHA-256; what is there already is not fetched again.
 *
 * @throws GroundstateError `not-found` where no mirror has the file, with each mirror's fault on a line; `invalid-argument` where another
 *   file has its name; `io` where it cannot be written; `aborted`.
 * @example
 * await download({ file: 't10k-labels-idx1-ubyte.gz', mirrors, sha256, directory: 'data/mnist' });
 */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  const { file, mirrors, sha256, size, directory, signal, overwrite = false } = checkedOptions(options);
  const path = join(directory, file);
  stopIfAborted(signal, file);
  if (await exists(path)) {
    // A folder of that name, or a file that cannot be read, is not the file.
    const found = await sumOfFile(path).catch(() => undefined);
    if (found?.sha256 === sha256) {
      // Left by one of two that fetched it at once. In a folder that may only be read they stay.
      await clearParts(directory, file).catch(() => undefined);
      return { path, state: 'present', size: found.size };
    }
    if (!overwrite) throw anotherFile(owner, path);
  }
  const dispatcher = await createDispatcher({
    connectTimeout: options.connectTimeout ?? 5_000,
    idleTimeout: options.idleTimeout ?? 10_000,
  });
  const part = await openPart(directory, file, sha256);
  let placed = false;
  try {
    const faults = await fromMirrors({ ...options, sha256 }, part, dispatcher);
    if (faults !== undefined) throw noMirror({ file, mirrors, faults, path, size, sha256, kept: part.length });
    const bytes = part.length;
    placed = true;
    if (!(await part.place(overwrite)) && (await sumOfFile(path)).sha256 !== sha256) throw anotherFile(owner, path);
    return { path, state: 'downloaded', size: bytes };
  } finally {
    // What went wrong before is what the caller has to hear of.
    if (!placed) await part.leave().catch(() => undefined);
    await dispatcher.destroy();
  }
}

/** Nothing where the part is whole now; else the faults, a line each. */
async function fromMirrors(options: DownloadOptions, part: Part, dispatcher: Dispatcher): Promise<string[] | undefined> {
  const { file, mirrors, size, sha256, signal, onProgress, onNotice = () => undefined, tries = 2, retryDelay = 1_000 } = options;
  const faults: string[] = [];
  for (const mirror of mirrors) {
    const { host } = new URL(mirror);
    const say = (line: string): void => onNotice(`${file}: ${host} ${line}`);
    const onBytes = (of: number | undefined): void => onProgress?.({ file, received: part.length, size: of, mirror });
    for (let attempt = 1; attempt <= tries; attempt++) {
      const fault = await faultOfTry({ url: addressOf(mirror, file), part, size, dispatcher, signal, onBytes, say }, sha256);
      stopIfAborted(fault && signal, file);
      if (fault === undefined) return undefined;
      const last = !fault.again || attempt === tries;
      say(`${fault.message}${last ? '' : '; once more'}`);
      if (last) {
        faults.push(`${mirror}: ${fault.message}${attempt === 1 ? '' : ` (${attempt} tries)`}`);
        break;
      }
      await wait(retryDelay * attempt, undefined, { signal }).catch(() => stopIfAborted(signal, file));
    }
  }
  return faults;
}

async function faultOfTry(request: TransferRequest, sha256: string): Promise<MirrorFault | undefined> {
  const { part, signal } = request;
  try {
    if (await isWhole(part, sha256, request.size)) return undefined;
    const resumed = part.length > 0;
    await transfer(request);
    if (part.digest() === sha256) return undefined;
    // What was there before may be what is wrong.
    if (resumed) {
      await wholeAgain(request, 'has the end of another file than the one that was begun');
      if (part.digest() === sha256) return undefined;
    }
    const kind = looksLike(part.start);
    const words = `sent another file (SHA-256 ${part.digest()}${kind === undefined ? '' : `; it looks like ${kind}`})`;
    await part.restart();
    return new MirrorFault(words, false);
  } catch (cause) {
    if (cause instanceof MirrorFault) return cause;
    if (signal?.aborted) return new MirrorFault('was stopped', false);
    throw cause;
  }
}

/** Whether there is nothing left to fetch. A part that has all the bytes, or more, and not the right ones, is of no use. */
async function isWhole(part: Part, sha256: string, size: number | undefined): Promise<boolean> {
  if (part.length === 0) return false;
  if (part.digest() === sha256) return true;
  if (size !== undefined && part.length >= size) await part.restart();
  return false;
}

/** The address of a file below a mirror's folder. */
function addressOf(mirror: string, file: string): string {
  return new URL(encodeURIComponent(file), mirror.endsWith('/') ? mirror : `${mirror}/`).href;
}

function stopIfAborted(signal: AbortSignal | undefined, file: string): void {
  if (!signal?.aborted) return;
  throw new GroundstateError(
    'aborted',
    `${owner}: stopped before ${file} was whole. What has come is kept: the same command goes on from there.`,
  );
}

function noMirror(found: {
  readonly file: string;
  readonly mirrors: readonly string[];
  readonly faults: readonly string[];
  readonly path: string;
  readonly size: number | undefined;
  readonly sha256: string;
  readonly kept: number;
}): GroundstateError {
  const { file, mirrors, faults, path, size, sha256, kept } = found;
  const among = mirrors.length === 1 ? 'its mirror' : `one of its ${mirrors.length} mirrors`;
  const facts = `${size === undefined ? '' : `${size} bytes, `}SHA-256 ${sha256}`;
  const lines = [
    `${owner}: expected \`${file}\` to be had from ${among}, got a fault from each.`,
    ...faults.map((fault) => `  ${fault}`),
    `Check the network, and HTTPS_PROXY where you are behind a proxy; then try again${kept > 0 ? `: the ${kept} bytes that have come are kept` : ''}.`,
    `Or fetch it some other way and put it at ${path} (${facts}).`,
  ];
  return new GroundstateError('not-found', lines.join('\n'));
}
