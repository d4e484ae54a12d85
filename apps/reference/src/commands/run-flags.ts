/** The options of `groundstate run`, as its request. */
import { expected } from '@groundstate/core';
import { runDefaults } from '../config/defaults';
import { isTree, type Tree, valueAt } from '../config/layers';
import { type ConfigFlags, readRequest } from '../config/read-request';
import { type RunRequest, runRequest, splitDefences } from '../config/run-request';
import { type NormName, type Pipeline, presetNames, tasks } from '../pipelines/pipeline';
import { settle } from '../pipelines/registry';
import { usualData } from './run-folder';

export interface RunFlags extends ConfigFlags {
  readonly task?: string;
  readonly preset?: string;
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly worker?: string;
  readonly backend?: string;
  readonly seed?: string;
  readonly seeds?: string;
  readonly model?: string;
  readonly labels?: string;
  readonly norm?: string;
  readonly epsilon?: string;
  /** In one text, with commas. */
  readonly defences?: string;
  readonly defence?: readonly string[];
  readonly jobs?: string;
  readonly limitSeconds?: string;
}

const places = {
  task: 'task',
  preset: 'preset',
  data: 'data',
  out: 'out',
  backend: 'backend',
  seed: 'seed',
  seeds: 'seeds',
  model: 'model',
  labels: 'sizes.labels',
  norm: 'threat.norm',
  epsilon: 'threat.epsilon',
};

export async function readRunRequest(pipeline: Pipeline, flags: RunFlags): Promise<RunRequest> {
  if (flags.defence !== undefined && flags.defences !== undefined) {
    throw expected('run', '--defence', 'left out beside --defences', flags.defence.join(' '), 'Name all of them in one place.');
  }
  const defaults = { ...runDefaults, data: await usualData(pipeline.dataset) };
  const preset = (said: Tree, file: Tree): Tree => presetOf(pipeline, said, file);
  const { defences } = flags;
  // Cut here already, so that what is wrong about a piece is said of the piece.
  const list = defences === undefined ? {} : { defences: splitDefences(defences) };
  const request = await readRequest(runRequest, {
    owner: 'run',
    pipeline: pipeline.name,
    defaults,
    flags: { ...flags, ...list } as ConfigFlags,
    places: { ...places, [defences === undefined ? 'defence' : 'defences']: 'defences' },
    preset,
  });
  checkLabels(request);
  return request;
}

/** That of the usual one where what was said is none: that it is none is all that the schema has to say then. */
function presetOf(pipeline: Pipeline, said: Tree, file: Tree): Tree {
  const [task, preset] = [said.task ?? runDefaults.task, said.preset ?? runDefaults.preset];
  // A config.json names all sizes, and a preset would change nothing but the name.
  for (const [key, now] of Object.entries({ preset, task })) {
    const then = file[key];
    if (then === undefined || then === now || !isTree(file.sizes)) continue;
    const advice = 'Sizes win over a preset: say which with --set, as in --set sizes.train=500.';
    throw expected('run', key, `${JSON.stringify(then)}, to which the sizes of the configuration belong`, now, advice);
  }
  const norm = valueAt(said, ['threat', 'norm']);
  return settle(
    pipeline,
    tasks.find((each) => each === task) ?? runDefaults.task,
    presetNames.find((each) => each === preset) ?? runDefaults.preset,
    (['linf', 'l2'] as const).find((each): each is NormName => each === norm),
  );
}

/** Few labels, and other inputs beside them, are what the semi-supervised task is about. */
function checkLabels({ task, sizes: { labels, unlabelledBatchSize } }: RunRequest): void {
  for (const [name, value] of Object.entries({ labels, unlabelledBatchSize })) {
    if (task === 'supervised' && value !== null) {
      throw expected('run', name, 'left out in the supervised task', value, 'Few labels make --task semi-supervised.');
    }
    if (task === 'semi-supervised' && value === null) throw expected('run', name, 'a number in the semi-supervised task', value);
  }
}
