/** How many threads the option `threads` asks for. */
import { expected } from '../../errors';
import { builtinModules } from './builtin-modules';

export type ThreadCount = number | 'auto';

const MOST = 64;
/** More gain little: the memory is one for all. */
const MOST_BY_ITSELF = 8;

/** 'auto' is every processor that this process may use, up to eight; one in a browser. */
export function countThreads(owner: string, wanted: ThreadCount): number {
  if (wanted === 'auto') return Math.min(MOST_BY_ITSELF, builtinModules()?.('node:os').availableParallelism() ?? 1);
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST) return wanted;
  throw expected(
    owner,
    'threads',
    `an integer from 1 to ${MOST}, or 'auto'`,
    wanted,
    "'auto' takes the processors that there are, up to 8.",
  );
}
