/** Reads `events.jsonl` as it may be found: whole, missing, or cut off in its last line by a kill. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import { eventsFile, type LogEvent } from './log-event';

export interface EventsRead {
  readonly events: readonly LogEvent[];
  /** What was passed over, a line each. */
  readonly passedOver: readonly string[];
}

/** @throws GroundstateError `io` where there is something that cannot be read. No file is no events. */
export async function readEvents(folder: string): Promise<EventsRead> {
  const path = join(folder, eventsFile);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { events: [], passedOver: [] };
    throw new GroundstateError('io', `read: expected \`${path}\` to be a readable file, got ${(cause as Error).message}.`, { cause });
  }
  const lines = text.split('\n');
  // What a whole file ends with is an empty line; anything else there was cut off, even if it happens to parse.
  const torn = lines.pop() !== '';
  const events: LogEvent[] = [];
  const passedOver: string[] = [];
  for (const [i, line] of lines.entries()) {
    const event = parseEvent(line);
    if (event) events.push(event);
    else passedOver.push(`${path}: line ${i + 1} is no event, and is passed over.`);
  }
  if (torn) passedOver.push(`${path}: its last line was cut off by an interruption, and is passed over.`);
  return { events, passedOver };
}

function parseEvent(line: string): LogEvent | undefined {
  try {
    const event = JSON.parse(line) as LogEvent;
    const fits = Number.isFinite(Date.parse(event.at)) && Number.isInteger(event.step) && numbersOf(event).every(Number.isFinite);
    return fits ? event : undefined;
  } catch {
    return undefined;
  }
}

function numbersOf(event: LogEvent): readonly unknown[] {
  if (event.kind === 'step') return [event.steps, event.epoch, event.learningRate, ...Object.values(event.terms)];
  if (event.kind === 'validation') return [event.epoch, event.clean, event.robust];
  if (event.kind === 'trained') return [event.gradientEvaluations, event.seconds];
  if (event.kind === 'attacked') return [event.clean, event.seconds, ...Object.values(event.robust)];
  // Of a kind that there is not, nothing is right.
  return event.kind === 'resumed' ? [] : [undefined];
}
