/** Reads `events.jsonl`. Its damage costs the lines it hits, never the report, and is told. */
import { readFile } from 'node:fs/promises';
import { GroundstateError } from '@groundstate/core';
import type { LogEvent } from '../logs/log-event';
import { logEventShape } from './schemas';

/** `undefined` where there is no such file. `name`: what the remarks call it. */
export async function readLog(
  path: string,
  name: string,
): Promise<{ readonly events: readonly LogEvent[]; readonly remarks: readonly string[] } | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new GroundstateError('io', `report: expected \`${path}\` to be readable, got ${(cause as Error).message}.`, { cause });
  }
  const events: LogEvent[] = [];
  const damaged: number[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const event = parseEvent(line);
    if (event) events.push(event);
    else damaged.push(index + 1);
  }
  const several = damaged.length > 1;
  const remark = `${name}: line${several ? 's' : ''} ${damaged.join(', ')} could not be read and ${several ? 'are' : 'is'} left out of the curves.`;
  return { events: standing(events), remarks: damaged.length === 0 ? [] : [remark] };
}

function parseEvent(line: string): LogEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return logEventShape.safeParse(value).success ? (value as LogEvent) : undefined;
  } catch {
    return undefined;
  }
}

/** Without the steps that a resumption took back. */
function standing(events: readonly LogEvent[]): readonly LogEvent[] {
  let kept: LogEvent[] = [];
  for (const event of events) {
    if (event.kind === 'resumed') kept = kept.filter(({ step }) => step <= event.step);
    else kept.push(event);
  }
  return kept;
}
