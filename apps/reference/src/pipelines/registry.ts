/** Every pipeline by its name on the command line. */
import { cifar10 } from './cifar10';
import { fashionMnist } from './fashion-mnist';
import { mnist } from './mnist';
import type { NormName, Pipeline, PipelineName, Preset, PresetName, Task } from './pipeline';
import { svhn } from './svhn';

export const pipelines: { readonly [name in PipelineName]: Pipeline } = { mnist, 'fashion-mnist': fashionMnist, cifar10, svhn };
export const pipelineNames = Object.keys(pipelines) as readonly PipelineName[];

/** Everything that a preset says, for one norm of the threat. */
export type Settled = Omit<Preset, 'about' | 'defences' | 'epsilon'> & {
  readonly threat: { readonly norm: NormName; readonly epsilon: number };
  readonly defences: readonly string[];
};

export function settle(pipeline: Pipeline, task: Task, preset: PresetName, norm: NormName = pipeline.tasks[task].norm): Settled {
  const { epsilon, presets } = pipeline.tasks[task];
  const { about: _, defences, epsilon: own, ...rest } = presets[preset];
  return { ...rest, threat: { norm, epsilon: own ?? epsilon[norm] }, defences: 'linf' in defences ? defences[norm] : defences };
}
