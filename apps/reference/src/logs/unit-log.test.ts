import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEventFile, type Seen } from '../../tests/event-file';
import type { LogEntry, LogEvent } from './log-event';
import { readEvents } from './read-events';
import { openUnitLog } from './unit-log';

let folder = '';
let said: string[] = [];
const say = (line: string): void => void said.push(line);
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'groundstate-log-')), 'logs', 'pgd-at');
  said = [];
});
afterEach(() => rm(join(folder, '..', '..'), { recursive: true, force: true }));

const step = (step: number): LogEntry => ({ kind: 'step', step, steps: 9, epoch: 1, learningRate: 0.001, terms: { loss: 1 / step } });
const upTo = (last: number) => (event: LogEvent) => event.step <= last;
const nothing = (): boolean => false;
const everything = (): boolean => true;
const boards = async (): Promise<string[]> => (await readdir(folder)).filter((file) => file.includes('tfevents')).sort();
/** What a reader of all files gathers; a START makes it forget its step and all that come later. */
async function gathered(): Promise<Seen[]> {
  let kept: Seen[] = [];
  for (const file of await boards()) {
    for (const seen of readEventFile(await readFile(join(folder, file)))) {
      if (seen.status === 1) kept = kept.filter((earlier) => earlier.step < seen.step);
      else if (seen.version === undefined) kept.push(seen);
    }
  }
  return kept;
}

describe('openUnitLog', () => {
  it('writes every event at once, for people and for TensorBoard', async () => {
    const log = await openUnitLog(folder, { stands: nothing, say });
    log.write(step(1));
    log.write({ kind: 'validation', step: 1, epoch: 1, clean: 0.5, robust: 0.25 });
    log.write({ kind: 'trained', step: 1, gradientEvaluations: 64, seconds: 2 });
    log.write({ kind: 'attacked', step: 1, clean: 0.75, robust: { 'pgd:steps=2': 0.5, worst: 0.25 }, seconds: 1 });
    const { events, passedOver } = await readEvents(folder);
    expect(passedOver).toEqual([]);
    expect(events.map(({ at, ...entry }) => entry)).toEqual([
      step(1),
      { kind: 'validation', step: 1, epoch: 1, clean: 0.5, robust: 0.25 },
      { kind: 'trained', step: 1, gradientEvaluations: 64, seconds: 2 },
      { kind: 'attacked', step: 1, clean: 0.75, robust: { 'pgd:steps=2': 0.5, worst: 0.25 }, seconds: 1 },
    ]);
    const seen = await gathered();
    expect(seen.map(({ step, values }) => [step, values])).toEqual([
      [
        1,
        [
          { tag: 'terms/loss', scalar: 1 },
          { tag: 'learning-rate', scalar: Math.fround(0.001) },
        ],
      ],
      [
        1,
        [
          { tag: 'validation/clean', scalar: 0.5 },
          { tag: 'validation/robust', scalar: 0.25 },
        ],
      ],
      [
        1,
        [
          { tag: 'clean', scalar: 0.75 },
          { tag: 'robust/pgd:steps=2', scalar: 0.5 },
          { tag: 'robust/worst', scalar: 0.25 },
        ],
      ],
    ]);
    expect(seen[0]!.wallTime).toBe(Date.parse(events[0]!.at) / 1000);
    const [file] = await boards();
    const opening = readEventFile(await readFile(join(folder, file!))).slice(0, 2);
    expect(opening).toMatchObject([{ version: 'brain.Event:2' }, { step: 0, status: 1 }]);
    expect(said).toEqual([]);
  });

  it('goes on where it was left, without what does not stand', async () => {
    const log = await openUnitLog(folder, { stands: nothing, say });
    for (const n of [1, 2, 3, 4]) log.write(step(n));
    const again = await openUnitLog(folder, { stands: upTo(2), say });
    expect(again.step).toBe(2);
    again.write({ kind: 'resumed', step: 2 });
    again.write(step(3));
    const { events } = await readEvents(folder);
    expect(events.map(({ kind, step }) => [kind, step])).toEqual([
      ['step', 1],
      ['step', 2],
      ['resumed', 2],
      ['step', 3],
    ]);
    expect((await gathered()).map((seen) => seen.step)).toEqual([1, 2, 3]);
    expect(said).toEqual([]);
  });

  it('a new file of TensorBoard has a later name, the last one is empty, those before are gone', async () => {
    await openUnitLog(folder, { stands: everything, say });
    const [first] = await boards();
    (await openUnitLog(folder, { stands: everything, say })).write(step(1));
    const [again, second] = await boards();
    expect(again).toBe(first);
    expect((await readFile(join(folder, first!))).length).toBe(0);
    await openUnitLog(folder, { stands: everything, say });
    const [oldest, newest, ...more] = await boards();
    expect([oldest, more]).toEqual([second, []]);
    expect(newest! > second!).toBe(true);
    expect((await gathered()).map((seen) => seen.step)).toEqual([1]);
  });

  it('leaves files of others alone', async () => {
    await mkdir(folder, { recursive: true });
    const names = ['events.out.tfevents.1700000000.host', 'notes.txt', 'events.out.tfevents.1700000000.groundstate-events.bak'];
    for (const name of names) await writeFile(join(folder, name), 'theirs');
    await openUnitLog(folder, { stands: nothing, say });
    for (const name of names) expect(await readFile(join(folder, name), 'utf8')).toBe('theirs');
  });

  it('repairs a line that a kill cut off, aloud', async () => {
    const log = await openUnitLog(folder, { stands: nothing, say });
    log.write(step(1));
    const whole = await readFile(join(folder, 'events.jsonl'), 'utf8');
    await appendFile(join(folder, 'events.jsonl'), whole.slice(0, -1));
    (await openUnitLog(folder, { stands: everything, say })).write(step(2));
    expect(said).toEqual([`${join(folder, 'events.jsonl')}: its last line was cut off by an interruption, and is passed over.`]);
    expect((await readEvents(folder)).events.map((event) => event.step)).toEqual([1, 2]);
    expect((await gathered()).map((seen) => seen.step)).toEqual([1, 2]);
  });

  it.each([
    'nonsense',
    'null',
    '{"at":"2026-11-22","kind":"step","step":1}',
    '{"at":"never","kind":"resumed","step":1}',
    '{"at":"2026-11-22","kind":"other","step":1}',
    '{"at":"2026-11-22","kind":"attacked","step":1,"clean":1,"seconds":1,"robust":{"worst":null}}',
  ])('names a line that is no event: %s', async (line) => {
    await mkdir(folder, { recursive: true });
    const good: LogEvent = { at: '2026-11-22T10:00:00.000Z', ...step(1) };
    await writeFile(join(folder, 'events.jsonl'), `${line}\n${JSON.stringify(good)}\n`);
    await openUnitLog(folder, { stands: everything, say });
    expect(said).toEqual([`${join(folder, 'events.jsonl')}: line 1 is no event, and is passed over.`]);
    expect(await readFile(join(folder, 'events.jsonl'), 'utf8')).toBe(`${JSON.stringify(good)}\n`);
  });

  it('where a log cannot be made, says so once and goes on', async () => {
    await mkdir(join(folder, '..'), { recursive: true });
    await writeFile(folder, 'a file in its place');
    const log = await openUnitLog(folder, { stands: nothing, say });
    log.write(step(1));
    log.write(step(2));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(folder);
    expect(said[0]).toMatch(/expected `.+` to be .+, got .+\. The work goes on without a log\.$/);
    expect(await readFile(folder, 'utf8')).toBe('a file in its place');
  });

  it('where a log can be written no more, says so once and goes on', async () => {
    const log = await openUnitLog(folder, { stands: nothing, say });
    log.write(step(1));
    // Neither root nor Windows can write into a folder; a full disk fails at the same call.
    await rm(join(folder, 'events.jsonl'));
    await mkdir(join(folder, 'events.jsonl'));
    for (const n of [2, 3, 4]) log.write(step(n));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^log: expected `.+pgd-at` to be writable, got E.+\. The work goes on without a log\.$/);
  });
});
