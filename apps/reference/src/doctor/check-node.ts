/** Whether this Node is one that Groundstate is tested with. */
import manifest from '../../package.json' with { type: 'json' };
import type { Check } from './diagnosis';

/** Those that CI runs. */
const tested = [20, 22, 24];

export function checkNode(version: string = process.version): Check {
  const major = Number(/^v?(\d+)\./.exec(version)?.[1]);
  const oldest = Number(/\d+/.exec(manifest.engines.node)![0]);
  const all = `${tested.slice(0, -1).join(', ')} and ${tested.at(-1)}`;
  if (tested.includes(major)) return { check: 'node', state: 'fine', found: `Node ${version}` };
  if (major >= oldest) {
    const found = `Node ${version}, which Groundstate is not tested with`;
    return { check: 'node', state: 'note', found, advice: `If something is odd, try one of ${all}.` };
  }
  return {
    check: 'node',
    state: 'wrong',
    found: `Node ${version}, which is too old`,
    advice: `Install Node ${oldest} or newer: ${all} are tested.`,
  };
}
