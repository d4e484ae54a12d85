import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkSeal, sealed } from './sealed';

const config = { seed: 1, data: 'here', threat: { norm: 'l2', epsilon: 2 }, environment: { node: 'v20' }, command: 'groundstate run' };
const check = (changed: object) => () => checkSeal('--resume', { path: 'runs/a', config: changed });

it('a run that goes on is the run that was begun: whatever decides its results stands as it stood', () => {
  const begun = sealed(config);
  expect(check(begun)).not.toThrow();
  for (const change of [{ seed: 2 }, { threat: { norm: 'l2', epsilon: 3 } }, { data: null }, { more: 1 }]) {
    expect(check({ ...begun, ...change })).toThrow(
      `--resume: expected \`${join('runs', 'a', 'config.json')}\` to be as a command wrote it when the run began, got one that was changed since.`,
    );
  }
});

it('the machine, the command, the order of keys and where the data lies decide nothing', () => {
  const { seed, ...rest } = sealed(config);
  expect(check({ ...rest, seed, environment: {}, command: '', data: 'there' })).not.toThrow();
});

it('what no command wrote has no fingerprint, and is no run to go on with, or to rank', () => {
  const file = join('runs', 'a', 'config.json');
  expect(check(config)).toThrow(
    `--resume: expected \`${file}\` to be as a command wrote it when the run began, got one without a fingerprint.`,
  );
  const tuned = { path: join('runs', 'a'), config: { ...sealed(config), seed: 2 } };
  expect(() => checkSeal('--tuning', tuned)).toThrow(
    `--tuning: expected \`${file}\` to be as a command wrote it when the run began, got one that`,
  );
});
