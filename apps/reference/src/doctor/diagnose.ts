/** Looks at everything, one thing after the other: what is timed should have the machine to itself. */
import { cacheDirectory } from '@groundstate/datasets/node';
import { backends as allBackends, type Backend } from '../backend/backends';
import type { Task } from '../console/progress';
import { environment } from '../environment';
import { checkData } from './check-data';
import { checkNode } from './check-node';
import { checkPackages } from './check-packages';
import { checkDisk, checkMemory } from './check-room';
import type { BackendFinding, Diagnosis } from './diagnosis';
import { diagnosisSchema } from './diagnosis';
import { offers } from './offers';
import { tryBackend } from './try-backend';

export interface DiagnoseOptions {
  readonly data: string | undefined;
  readonly task: Task;
  /** @default tryBackend */
  readonly attempt?: (backend: Backend) => Promise<BackendFinding>;
}

export async function diagnose({ data, task, attempt = tryBackend }: DiagnoseOptions): Promise<Diagnosis> {
  const backends: BackendFinding[] = [];
  for (const backend of allBackends) {
    task.at(backends.length, allBackends.length + 1, backend.name);
    backends.push(await attempt(backend));
  }
  task.at(allBackends.length, allBackends.length + 1, 'data');
  const checks = [
    checkNode(),
    checkPackages(),
    checkMemory(),
    await checkDisk('runs', 'runs'),
    await checkDisk('data', cacheDirectory()),
    await checkData(data),
  ];
  const auto = backends.find(({ state }) => state === 'works')?.name ?? null;
  const { groundstate, tensorflow, node, platform, commit = null, machine } = environment('groundstate doctor').environment;
  return {
    schema: diagnosisSchema,
    usable: auto !== null,
    groundstate,
    tensorflow,
    node,
    platform,
    commit,
    machine: machine!,
    checks,
    auto,
    backends,
    more: offers(backends, checks),
  };
}
