/** The panels of the training section, from the logs: a panel for every named term, then what was measured on validation examples. */
import type { LogEvent } from '../logs/log-event';
import type { Curve, CurvePoint } from './charts/training-chart';

type Logs = { readonly [defence: string]: readonly LogEvent[] };

/** Terms in the order in which they first appear. */
export function termCurves(names: readonly string[], logs: Logs): readonly Curve[] {
  const terms = new Set(
    names.flatMap((name) => (logs[name] ?? []).flatMap((event) => (event.kind === 'step' ? Object.keys(event.terms) : []))),
  );
  return [...terms].map((quantity) => ({
    quantity,
    share: false,
    lines: linesOf(names, logs, (event) => (event.kind === 'step' ? event.terms[quantity] : undefined)),
  }));
}

export function validationCurves(names: readonly string[], logs: Logs): readonly Curve[] {
  const curve = (quantity: string, read: (event: LogEvent) => number | undefined): Curve => ({
    quantity,
    share: true,
    lines: linesOf(names, logs, read),
  });
  return [
    curve('robust accuracy on validation examples', (event) => (event.kind === 'validation' ? event.robust : undefined)),
    curve('clean accuracy on validation examples', (event) => (event.kind === 'validation' ? event.clean : undefined)),
  ].filter(({ lines }) => lines.length > 0);
}

/** Without those that have no such figure. A figure that was not finite stands as null in the log, and leaves a gap. */
function linesOf(names: readonly string[], logs: Logs, read: (event: LogEvent) => number | null | undefined): Curve['lines'] {
  return names.flatMap((name) => {
    const points = (logs[name] ?? []).flatMap((event): CurvePoint[] => {
      const value = read(event);
      return value === undefined || value === null ? [] : [{ step: event.step, value }];
    });
    return points.length === 0 ? [] : [{ name, points }];
  });
}
