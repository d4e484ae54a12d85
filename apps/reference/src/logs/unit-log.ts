/**
 * The log of one model of a run: `events.jsonl`, and beside it what TensorBoard reads. A log is a convenience: where it cannot
 * be written, that is said once and the work goes on without it.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import { writeWhole } from '../json-file';
import { eventsFile, type LogEntry, type LogEvent } from './log-event';
import { readEvents } from './read-events';
import { eventValues } from './tensorboard/event-values';
import { createTensorboardFile, type Entry } from './tensorboard/tensorboard-file';

export interface UnitLog {
  /** The last one in it; 0 where there is none. */
  readonly step: number;
  /** Never throws. */
  write(entry: LogEntry): void;
}

/**
 * Opens the log in `folder`, new or there already. Of what is in it only the events that `stands` approves remain: what an
 * interrupted process logged after its last checkpoint is void. TensorBoard's file is made anew from these.
 */
export async function openUnitLog(
  folder: string,
  options: { readonly stands: (event: LogEvent) => boolean; readonly say: (line: string) => void },
): Promise<UnitLog> {
  const { stands, say } = options;
  let step = 0;
  let write: ((entry: LogEntry) => void) | undefined;
  try {
    const standing = await standingEvents(folder, stands, say);
    step = standing.reduce((last, event) => Math.max(last, event.step), 0);
    write = await appender(folder, standing);
  } catch (cause) {
    say(goingOn(folder, cause));
  }
  return {
    step,
    write: (entry) => {
      try {
        write?.(entry);
      } catch (cause) {
        write = undefined;
        say(goingOn(folder, cause));
      }
    },
  };
}

/** What is said where a log cannot be written, which is no reason to lose a training. */
export function goingOn(folder: string, cause: unknown): string {
  const { message } = cause as Error;
  const fault = GroundstateError.is(cause) ? message : `log: expected \`${folder}\` to be writable, got ${message}.`;
  return `${fault} The work goes on without a log.`;
}

async function standingEvents(
  folder: string,
  stands: (event: LogEvent) => boolean,
  say: (line: string) => void,
): Promise<readonly LogEvent[]> {
  const { events, passedOver } = await readEvents(folder);
  for (const line of passedOver) say(line);
  const standing = events.filter(stands);
  if (standing.length < events.length || passedOver.length > 0) {
    await writeWhole(join(folder, eventsFile), standing.map(lineOf).join(''));
  }
  return standing;
}

async function appender(folder: string, standing: readonly LogEvent[]): Promise<(entry: LogEntry) => void> {
  const board = await createTensorboardFile(folder, 'events', standing.flatMap(boardEntries));
  return (entry) => {
    const event: LogEvent = { at: new Date().toISOString(), ...entry };
    // At once, not in a stream: a kill loses nothing that was logged, and at some two hundred lines a training it costs nothing.
    appendFileSync(join(folder, eventsFile), lineOf(event));
    for (const one of boardEntries(event)) board.append(one);
  };
}

const lineOf = (event: LogEvent): string => `${JSON.stringify(event)}\n`;

function boardEntries(event: LogEvent): Entry[] {
  const values = eventValues(event);
  return values.length > 0 ? [{ at: event.at, step: event.step, values }] : [];
}
