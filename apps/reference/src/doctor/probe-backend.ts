/** A process of its own for one backend, so that one that takes its process down, or never comes back, is but a finding. */
import { backends } from '../backend/backends';
import { measureBackend } from './measure-backend';
import type { ProbeAnswer } from './try-backend';

function answer(message: ProbeAnswer): void {
  // Native code may keep a process alive, or crash while it ends: what was found is on its way before.
  process.send?.(message, () => process.exit(0));
}

const backend = backends.find(({ name }) => name === process.argv[2])!;
measureBackend(backend).then(
  (speed) => answer({ state: 'works', ...speed }),
  (cause: unknown) => answer({ state: 'broken', why: String((cause as Error).message ?? cause).split('\n')[0]! }),
);
