/** What the training loop says, as events of the log. */
import type { FitEvent, FitProgress, History } from '@groundstate/training';
import { isLogged, type LogEvent } from './log-event';
import { openUnitLog } from './unit-log';

export interface TrainingLog {
  progress(progress: FitProgress): void;
  event(event: FitEvent): void;
  trained(history: History, seconds: number): void;
  /** Logs the last step that was sound, whichever it was. */
  diverged(): void;
}

/** `resumed`: the history of the checkpoint that the training goes on from. */
export async function trainingLog(folder: string, resumed: History | undefined, say: (line: string) => void): Promise<TrainingLog> {
  const log = await openUnitLog(folder, { stands: standing(resumed), say });
  if (resumed) log.write({ kind: 'resumed', step: resumed.steps });
  let step = resumed?.steps ?? 0;
  let last: FitProgress | undefined;
  const write = ({ step, steps, epoch, learningRate, terms }: FitProgress): void =>
    log.write({ kind: 'step', step, steps, epoch, learningRate, terms });
  return {
    progress: (progress) => {
      last = progress;
      step = progress.step;
      if (isLogged(step, progress.steps)) write(progress);
    },
    event: (event) => {
      if (event.kind !== 'validation') return;
      const { epoch, clean, robust } = event;
      log.write({ kind: 'validation', step, epoch, clean, robust });
    },
    trained: ({ backwards }, seconds) => log.write({ kind: 'trained', step, gradientEvaluations: backwards, seconds }),
    diverged: () => {
      if (last && !isLogged(last.step, last.steps)) write(last);
    },
  };
}

/** A checkpoint at the end of an epoch may be older than the epoch's validation, which the resumed training repeats. */
function standing(resumed: History | undefined): (event: LogEvent) => boolean {
  if (!resumed) return () => false;
  return (event) => {
    if (event.kind === 'trained' || event.kind === 'attacked') return false;
    if (event.kind === 'validation' && event.epoch > resumed.epochs.length) return false;
    // The last step before a divergence is logged whatever its number; what is trained again logs it only where its turn is.
    return event.step <= resumed.steps && (event.kind !== 'step' || isLogged(event.step, event.steps));
  };
}
