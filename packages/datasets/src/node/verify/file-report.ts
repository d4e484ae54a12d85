/** What was found where a file of a data set should be. The first three are fine; `edition`: of a known edition that is not the published set. */
export type FileState =
  | 'original'
  | 'same-content'
  | 'edition'
  | 'missing'
  | 'truncated'
  | 'too-long'
  | 'damaged'
  | 'swapped'
  | 'foreign'
  | 'unknown'
  | 'no-data'
  | 'unreadable';

/** What is said of one file. */
export interface FileReport {
  /** As it is called there, or should be. */
  readonly file: string;
  readonly state: FileState;
  /** What it is, in one line. */
  readonly explanation: string;
  /** What to do about it; empty where there is nothing to do. */
  readonly advice: string;
}

export const isFine = ({ state }: FileReport): boolean => state === 'original' || state === 'same-content' || state === 'edition';
