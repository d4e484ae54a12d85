/** The browser of this machine: named by GROUNDSTATE_CHROMIUM, or found on the path. There is no test without one. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

export function findChromium(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment.GROUNDSTATE_CHROMIUM;
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const endings = process.platform === 'win32' ? ['.exe', ''] : [''];
  const candidates = named
    ? [named]
    : names.flatMap((name) => folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending))));
  const found = candidates.find(runs);
  if (found !== undefined) return found;
  throw new Error(
    named
      ? `test:browser: expected \`GROUNDSTATE_CHROMIUM\` to be a browser that can be run, got ${named}.`
      : `test:browser: expected \`PATH\` to hold one of ${names.join(', ')}, got none. Install Chromium, or name its executable in GROUNDSTATE_CHROMIUM.`,
  );
}

export function startChromium(): Promise<Browser> {
  // Its own sandbox needs rights that containers do not give; the pages are our own.
  return chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
