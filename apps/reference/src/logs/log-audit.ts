/** An audit as TensorBoard shows it: the gallery as images, the margins as histograms. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import { PNG } from 'pngjs';
import type { DefenceAudit } from '../audit/audit';
import { readEvents } from './read-events';
import type { Image, Value } from './tensorboard/event-message';
import { histogram } from './tensorboard/histogram';
import { createTensorboardFile } from './tensorboard/tensorboard-file';
import { goingOn } from './unit-log';

/**
 * Replaces what an earlier audit logged in `folder`. The samples' files are looked for in `runFolder`. Where something cannot
 * be read or written that is said once, and no more: a log is a convenience.
 */
export async function logAudit(folder: string, runFolder: string, audit: DefenceAudit, say: (line: string) => void): Promise<void> {
  try {
    const { events } = await readEvents(folder);
    const step = events.reduce((last, event) => Math.max(last, event.step), 0);
    const at = new Date().toISOString();
    const images = audit.samples.flatMap(({ id, images }) =>
      Object.entries(images).map(([name, file]) => ({ tag: `sample-${id}/${name}`, file })),
    );
    const values: Value[] = await Promise.all(
      images.map(async ({ tag, file }) => ({ tag, image: await readImage(join(runFolder, file)) })),
    );
    for (const [name, margins] of Object.entries(audit.margins)) {
      const finite = margins.filter(Number.isFinite);
      const others = margins.length - finite.length;
      if (others > 0) {
        say(`log: ${others} of ${margins.length} ${name} margins of ${audit.name} are not finite; the histogram is without them.`);
      }
      if (finite.length > 0) values.push({ tag: `margins/${name}`, histogram: histogram(finite) });
    }
    await createTensorboardFile(folder, 'audit', [{ at, step, values }]);
  } catch (cause) {
    say(goingOn(folder, cause));
  }
}

async function readImage(path: string): Promise<Image> {
  try {
    const png = await readFile(path);
    const { width, height, color, alpha } = PNG.sync.read(png);
    return { width, height, colours: (color ? 3 : 1) + (alpha ? 1 : 0), png };
  } catch (cause) {
    throw new GroundstateError('io', `log: expected \`${path}\` to be a PNG, got ${(cause as Error).message}.`, { cause });
  }
}
