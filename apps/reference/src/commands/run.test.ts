import { expect, it } from 'vitest';
import { type RunFlags, run } from './run';

const flags: RunFlags = { backend: 'auto', seed: '0', preset: 'smoke', norm: 'l2', epsilon: '2' };

it('a run that goes on takes no other settings', async () => {
  const attempt = run('mnist', { ...flags, resume: 'somewhere' }, ['resume', 'preset']);
  await expect(attempt).rejects.toThrow('run: expected `--resume` to be the only option, got "--preset beside it".');
});

it('wrong use is refused before anything is written', async () => {
  await expect(run('cifar10', flags, [])).rejects.toThrow('run: expected `pipeline` to be one of \'mnist\', got "cifar10".');
  await expect(run('mnist', { ...flags, preset: 'fast' }, [])).rejects.toThrow("to be one of 'smoke', 'quick', 'standard'");
  await expect(run('mnist', { ...flags, norm: 'l1' }, [])).rejects.toThrow("run: expected `--norm` to be one of 'linf', 'l2', got \"l1\".");
  await expect(run('mnist', { ...flags, epsilon: '-1' }, [])).rejects.toThrow(
    'run: expected `--epsilon` to be a finite number above 0, got -1.',
  );
  await expect(run('mnist', { ...flags, data: '/nonexistent' }, [])).rejects.toThrow(
    '--data: expected `/nonexistent` to be a folder with the MNIST files',
  );
});
