/** What `download` takes and gives, and the checks before anything is done. */
import { checkKeys, checkNumber, expected } from '@groundstate/core';

/** How far a download is. */
export interface DownloadProgress {
  readonly file: string;
  /** Bytes that are there, those of an earlier try included. */
  readonly received: number;
  /** Bytes in all, where anybody said so. */
  readonly size: number | undefined;
  readonly mirror: string;
}

/** What `download` fetches, where from and where to. */
export interface DownloadOptions {
  /** Its name, here and below each mirror. */
  readonly file: string;
  /** Addresses of folders, `https://host/path/`, in the order in which they are tried. */
  readonly mirrors: readonly string[];
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  /** Bytes of the file. @default what the server says */
  readonly size?: number | undefined;
  /** Made where it does not exist. */
  readonly directory: string;
  /** Stops the download; what has come is kept. @default never */
  readonly signal?: AbortSignal | undefined;
  /** @default nothing */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Told in a sentence when a mirror fails, and when a download goes on or begins again. @default nothing */
  readonly onNotice?: ((line: string) => void) | undefined;
  /** Put it in the place of another file of that name. @default false */
  readonly overwrite?: boolean | undefined;
  /** Milliseconds until a connection stands. @default 5000 */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds without a byte until a mirror is given up. @default 10000 */
  readonly idleTimeout?: number | undefined;
  /** Tries at each mirror. @default 2 */
  readonly tries?: number | undefined;
  /** Milliseconds before the second try; twice as many before the third. @default 1000 */
  readonly retryDelay?: number | undefined;
}

/** A file that is there, whole. */
export interface Downloaded {
  readonly path: string;
  /** `present`: it was there already, and nothing was fetched. */
  readonly state: 'downloaded' | 'present';
  readonly size: number;
}

const owner = 'download';
const known: readonly (keyof DownloadOptions)[] = [
  ...(['file', 'mirrors', 'sha256', 'size', 'directory', 'signal', 'onProgress', 'onNotice'] as const),
  ...(['overwrite', 'connectTimeout', 'idleTimeout', 'tries', 'retryDelay'] as const),
];

/** @throws GroundstateError `invalid-argument`, naming the option. */
export function checkedOptions(options: DownloadOptions): DownloadOptions {
  checkKeys(owner, options, known);
  const { file, mirrors, sha256, directory, size, connectTimeout, idleTimeout, tries, retryDelay } = options;
  if (typeof file !== 'string' || !/^\w[\w.-]*$/.test(file)) throw expected(owner, 'file', 'the plain name of a file', file);
  if (typeof directory !== 'string' || directory === '') throw expected(owner, 'directory', 'the path of a folder', directory);
  if (!/^[0-9a-f]{64}$/i.test(sha256)) throw expected(owner, 'sha256', '64 hexadecimal digits', sha256);
  if (!Array.isArray(mirrors) || mirrors.length === 0) throw expected(owner, 'mirrors', 'a list of addresses', mirrors);
  for (const mirror of mirrors) {
    if (!URL.canParse(mirror) || !/^https?:$/.test(new URL(mirror).protocol)) {
      throw expected(owner, 'mirrors', 'addresses that start with https:// or http://', mirror);
    }
  }
  for (const [name, value] of Object.entries({ size, connectTimeout, idleTimeout, tries, retryDelay })) {
    if (value !== undefined) checkNumber(owner, name, value, { integer: true, min: name === 'retryDelay' ? 0 : 1 });
  }
  return { ...options, sha256: sha256.toLowerCase() };
}
