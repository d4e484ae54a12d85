import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRoot, packages, read, type Workspace, workspaces } from './architecture/packages';

/**
 * Runs every block of code in a README that has `<!-- run -->` on the line before its fence, as a program of its own:
 * it fails where the program does. Readers do not see the mark.
 * The programs use the built packages, as readers will; `npm test` builds them first.
 * Examples of published libraries are not among them: `npm run test:packages` runs those out of the tarballs, with nothing installed
 * but what each README says.
 */

// Inside node_modules, so that `@groundstate/*` resolves and no other tool looks at the files.
const FOLDER = inRoot('node_modules/.cache/groundstate-examples');
const MARKED = /<!-- run -->\n+```(?:ts|js|typescript|javascript)[^\n]*\n([\s\S]*?)\n```/g;

/** Apps, and packages that are not published. */
const isElsewhere = ({ isApp, manifest }: Workspace): boolean => isApp || manifest.private === true;

type Example = { readonly title: string; readonly file: string; readonly code: string };

const examples: readonly Example[] = ['README.md', ...workspaces.filter(isElsewhere).map(({ folder }) => `${folder}/README.md`)]
  .filter((path) => existsSync(inRoot(path)))
  .flatMap((path) => {
    const text = read(path);
    return [...text.matchAll(MARKED)].map((match) => {
      const line = text.slice(0, match.index).split('\n').length;
      return { title: `${path}, line ${line}`, file: join(FOLDER, `${path.replaceAll(/[/.]/g, '-')}-${line}.mts`), code: match[1]! };
    });
  });

async function run(file: string): Promise<{ readonly code: unknown; readonly output: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [inRoot('node_modules/tsx/dist/cli.mjs'), file], {
      cwd: FOLDER,
      timeout: 55_000,
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { readonly code?: unknown; readonly stdout?: string; readonly stderr?: string };
    return { code: code ?? 'killed', output: `${stdout ?? ''}${stderr ?? ''}` };
  }
}

describe('examples in READMEs', () => {
  beforeAll(() => {
    const unbuilt = packages.filter(({ folder }) => !existsSync(inRoot(`${folder}/dist/index.js`)));
    if (unbuilt.length > 0) throw new Error(`Not built: ${unbuilt.map(({ short }) => short).join(', ')}. Run \`npm run build\` first.`);
    mkdirSync(FOLDER, { recursive: true });
  });
  afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

  it('the README shows one that runs', () => {
    expect(examples.some(({ title }) => title.startsWith('README.md'))).toBe(true);
  });

  it.concurrent.each(examples)('$title', async ({ file, code }) => {
    writeFileSync(file, code);
    expect(await run(file)).toEqual({ code: 0, output: expect.any(String) });
  });
});
