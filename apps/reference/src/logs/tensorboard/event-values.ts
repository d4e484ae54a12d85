/** What TensorBoard shows of an event of the log, by tag. */
import type { LogEvent } from '../log-event';
import type { Value } from './event-message';

export function eventValues(event: LogEvent): readonly Value[] {
  if (event.kind === 'step') {
    return [...scalars('terms/', event.terms), { tag: 'learning-rate', scalar: event.learningRate }];
  }
  if (event.kind === 'validation') return scalars('validation/', { clean: event.clean, robust: event.robust });
  if (event.kind === 'attacked') return [{ tag: 'clean', scalar: event.clean }, ...scalars('robust/', event.robust)];
  return [];
}

const scalars = (prefix: string, values: { readonly [name: string]: number }): Value[] =>
  Object.entries(values).map(([name, scalar]) => ({ tag: prefix + name, scalar }));
