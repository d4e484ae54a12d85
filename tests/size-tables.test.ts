import { describe, expect, it } from 'vitest';
import { nearlySame } from '../scripts/size-tables';

const row = (minified: string, tarball: string): string =>
  `| \`@groundstate/attacks\` | ${minified} kB | ${tarball} kB | 1: \`@groundstate/core\` |`;

describe('tables of sizes', () => {
  it('a size that is 5 % away, either way, may stand as it is', () => {
    expect(nearlySame(row('20.0', '100.0'), row('21.0', '95.0'))).toBe(true);
  });

  it('any size further away does not stand', () => {
    expect(nearlySame(row('20.0', '100.0'), row('21.1', '100.0'))).toBe(false);
    expect(nearlySame(row('20.0', '100.0'), row('20.0', '94.9'))).toBe(false);
  });

  it('another word, another row or no table at all is another table', () => {
    const before = row('20.0', '100.0');
    expect(nearlySame(before, before.replace('core', 'cores'))).toBe(false);
    expect(nearlySame(before, `${before}\n${before}`)).toBe(false);
    expect(nearlySame('', before)).toBe(false);
  });
});
