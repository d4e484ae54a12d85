import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from './imports';
import { filesUnder, inRoot, isTest, packages, publishable, read, root, workspaces } from './packages';

const LONG = 200;

const ROOT_FILES = [
  'package.json',
  'package-lock.json',
  'turbo.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'tsup.base.ts',
  'vitest.config.ts',
  'vitest.slow.config.ts',
  'biome.json',
  '.changeset/config.json',
  '.ci/run',
  'README.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'CITATION.cff',
  'SECURITY.md',
  'docs/decisions',
  'scripts/bootstrap.mjs',
  'scripts/readme-tables.ts',
  'tests/architecture.test.ts',
];
const PACKAGE_FILES = ['package.json', 'README.md', 'src/index.ts', 'tsup.config.ts', 'tsconfig.json'];

/** What belongs to the repository: what git tracks or would track; without git (a downloaded archive), what lies there. */
function repositoryFiles(): string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return listed.split('\0').filter((path) => path !== '' && existsSync(inRoot(path)) && statSync(inRoot(path)).isFile());
  } catch {
    return filesUnder('.');
  }
}

describe('files', () => {
  it('the root holds what a newcomer and the tools look for', () => {
    expect(ROOT_FILES.filter((path) => !existsSync(inRoot(path)))).toEqual([]);
  });

  it.each(workspaces)('$folder holds what every package needs', ({ folder }) => {
    expect(PACKAGE_FILES.filter((path) => !existsSync(inRoot(`${folder}/${path}`)))).toEqual([]);
  });

  it('every package that is published holds the licence, the same as the root', () => {
    for (const { folder, manifest } of publishable) {
      expect(read(`${folder}/LICENSE`), manifest.name).toBe(read('LICENSE'));
    }
  });

  it('names are in kebab-case', () => {
    const tools = [...filesUnder('scripts'), ...filesUnder('tests')].filter((path) => /\.[cm]?[jt]s$/.test(path));
    const code = [...workspaces.flatMap(({ files }) => files), ...tools];
    const fits = (path: string): boolean => path.split('/').every((part) => /^_?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(part));
    expect(code.filter((path) => !fits(path))).toEqual([]);
  });

  it('packages export names, one by one', () => {
    const code = packages.flatMap(({ files }) => files).filter((path) => path.includes('/src/'));
    expect(code.filter((path) => parse(path).hasStarExport)).toEqual([]);
    expect(code.filter((path) => parse(path).hasDefaultExport)).toEqual([]);
  });

  it('no file speaks of one machine or one registry', () => {
    // Put together here, so that this file does not find itself.
    const folders = ['work', 'home', 'root', 'Users'].join('|');
    const machine = new RegExp(`(?<![\\w.\\-~/@)}\\]*])/(${folders})/[\\w.-]`);
    const registry = new RegExp(`\\bregistry\\.[\\w-]+\\.(${['org', 'com', 'io', 'net', 'dev', 'local', 'internal'].join('|')})\\b`);
    const wrong = repositoryFiles()
      .filter((path) => path !== 'package-lock.json')
      .flatMap((path) => {
        const text = read(path);
        if (text.includes('\0')) return [];
        return text.split('\n').flatMap((line, index) => (machine.test(line) || registry.test(line) ? [`${path}:${index + 1}`] : []));
      });
    expect(wrong).toEqual([]);
  });

  it('long files have a reason (a reminder, never a failure)', () => {
    const long = workspaces
      .flatMap(({ files }) => files)
      .filter((path) => !isTest(path))
      .map((path) => ({ path, lines: read(path).split('\n').length - 1 }))
      .filter(({ lines }) => lines > LONG);
    if (long.length > 0) console.info(`Over ${LONG} lines:\n${long.map(({ path, lines }) => `  ${path} (${lines})`).join('\n')}`);
  });
});
