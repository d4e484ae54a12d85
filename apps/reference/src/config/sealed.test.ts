import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkSeal, sealed } from './sealed';

const config = { seed: 1, data: 'here', threat: { norm: 'l2', epsilon: 2 }, environment: { node: 'v20' }, command: 'groundstate run' };
const check = (changed: object) => () => checkSeal({ path: 'runs/a', config: changed });

it('a run that goes on is the run that was begun: whatever decides its results stands as it stood', () => {
  const begun = sealed(config);
  expect(check(begun)).not.toThrow();
  for (const change of [{ seed: 2 }, { threat: { norm: 'l2', epsilon: 3 } }, { data: null }, { more: 1 }]) {
    expect(check({ ...begun, ...change })).toThrow(`--resume: expected \`${join('runs', 'a', 'config.json')}\` to be as it was`);
  }
});

it('the machine, the command, the order of keys and where the data lies decide nothing', () => {
  const { seed, ...rest } = sealed(config);
  expect(check({ ...rest, seed, environment: {}, command: '', data: 'there' })).not.toThrow();
  expect(check({ seed: 5 })).not.toThrow();
});
