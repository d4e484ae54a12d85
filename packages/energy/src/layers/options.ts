/** What `energyRegularizer` and `withEnergy` are told, checked and with its defaults. */
import { type Bounds, checkKeys, checkNumber, expected, l2, type Norm, type Schedule, scheduled, show } from '@groundstate/core';
import { type Form, type FormOptions, formOf } from '../form';

/** One value for all inputs of the model, or one for each by the input's name. */
export type PerInput<T> = T | Readonly<Record<string, T>>;

/** Options of `energyRegularizer` and `withEnergy`: the ball, the path, the weight. */
export interface EnergyRegularizerOptions extends FormOptions {
  /**
   * The radius of the ball, in input units, or a schedule of it. Every input of the model has a ball of its own; by name
   * (`{ image: 0.5, age: 0 }`) each gets its own radius, and 0 holds an input still. Data given as integers is always held still.
   */
  readonly epsilon: PerInput<number | Schedule>;
  /** The ball's norm, over one example of one input. @default l2() */
  readonly norm?: Norm;
  /** What the mean energy is multiplied with, or a schedule of it; 0 is standard training. @default 1 */
  readonly weight?: number | Schedule;
  /** K, the segments of the path; 1 is the end-point penalty D_1. @default 2 */
  readonly segments?: number;
  /** Steps of the ascent that finds the end of the path, each 2.5 epsilon / steps long. @default 5 */
  readonly steps?: number;
  /** The interval that inputs live in; paths stay inside. Ends may be infinite. @default [0, 1] */
  readonly bounds?: PerInput<Bounds>;
  /** Of the random starts and of the dropout masks of the energy. @default 0 */
  readonly seed?: number;
}

export type Settings = {
  readonly norm: Norm;
  readonly segments: number;
  readonly steps: number;
  readonly seed: number;
  readonly form: Form;
  readonly isScheduled: boolean;
  weightAt(progress: number): number;
  /** For an input of the model, by its name. */
  epsilonAt(input: string, progress: number): number;
  boundsOf(input: string): Bounds;
  /** Throws where a record names other inputs than the model's. */
  checkInputs(names: readonly string[]): void;
};

const keys = ['epsilon', 'norm', 'weight', 'segments', 'steps', 'bounds', 'form', 'huberDelta', 'seed'];

export function readOptions(owner: string, options: EnergyRegularizerOptions): Settings {
  if (typeof options !== 'object' || options === null) throw expected(owner, 'options', 'an object such as { epsilon: 0.5 }', options);
  checkKeys(owner, options, keys);
  const { epsilon, norm = l2(), weight = 1, bounds = [0, 1] as const, seed = 0 } = options;
  const segments = checkNumber(owner, 'segments', options.segments ?? 2, { integer: true, min: 1 });
  const steps = checkNumber(owner, 'steps', options.steps ?? 5, { integer: true, min: 1 });
  checkNumber(owner, 'seed', seed, { integer: true });
  if (typeof norm?.steepest !== 'function') throw expected(owner, 'norm', 'a norm such as l2() or linf()', norm);
  const checkScheduled = (name: string, value: unknown): void => {
    if (typeof value !== 'function') checkNumber(owner, name, value, { min: 0 });
  };
  checkScheduled('weight', weight);
  const radii = byInput(epsilon, isRecord(epsilon));
  for (const [name, radius] of radii.entries) checkScheduled(`epsilon${name}`, radius);
  const boxes = byInput(bounds as PerInput<Bounds>, isRecord(bounds));
  for (const [name, box] of boxes.entries) checkBounds(owner, `bounds${name}`, box);
  const at = (name: string, value: number | Schedule, progress: number): number =>
    checkNumber(owner, name, scheduled(value)(progress), { min: 0 });
  return {
    norm,
    segments,
    steps,
    seed,
    form: formOf(owner, options),
    isScheduled: [weight, ...radii.entries.map(([, radius]) => radius)].some((value) => typeof value === 'function'),
    weightAt: (progress) => at('weight', weight, progress),
    epsilonAt: (input, progress) => at('epsilon', radii.of(input), progress),
    boundsOf: boxes.of,
    checkInputs: (names) => {
      checkNames(owner, 'epsilon', radii.names, names);
      checkNames(owner, 'bounds', boxes.names, names);
    },
  };
}

type ByInput<T> = {
  readonly names: readonly string[] | undefined;
  readonly entries: readonly (readonly [string, T])[];
  of(input: string): T;
};

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function byInput<T>(value: PerInput<T>, isNamed: boolean): ByInput<T> {
  if (!isNamed) return { names: undefined, entries: [['', value as T]], of: () => value as T };
  const record = value as Readonly<Record<string, T>>;
  const names = Object.keys(record);
  return { names, entries: names.map((name) => [`.${name}`, record[name]!] as const), of: (input) => record[input]! };
}

function checkBounds(owner: string, name: string, box: unknown): void {
  const fits = Array.isArray(box) && box.length === 2 && box.every((end) => typeof end === 'number') && box[0]! < box[1]!;
  if (!fits) throw expected(owner, name, 'an interval [lower, upper]', box);
}

function checkNames(owner: string, option: string, given: readonly string[] | undefined, names: readonly string[]): void {
  if (given === undefined || (given.length === names.length && names.every((name) => given.includes(name)))) return;
  throw expected(owner, option, `one for each of the model's inputs, ${show(names)}`, given, 'An input with epsilon 0 is held still.');
}
