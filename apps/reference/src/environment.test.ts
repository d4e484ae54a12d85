import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment } from './environment';
import { gitCommit } from './git-commit';
import { installed, runtimePackages } from './installed';

let base = '';
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'groundstate-environment-')));
});
afterAll(() => rm(base, { recursive: true, force: true }));

async function put(folder: string, manifest: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
}

describe('environment', () => {
  it('names versions and the machine', () => {
    const { environment: found } = environment('groundstate run');
    expect(found).toMatchObject({ tensorflow: '4.22.0', node: process.version, platform: `${process.platform} ${process.arch}` });
    expect(found.packages).toMatchObject({ '@tensorflow/tfjs-core': '4.22.0', '@tensorflow/tfjs-backend-wasm': '4.22.0' });
    expect(Object.keys(found.packages!)).toEqual(expect.arrayContaining(['@groundstate/core', '@groundstate/wasm']));
    expect(found.machine!.cores).toBeGreaterThan(0);
    expect(found.machine!.memory).toBeGreaterThan(0);
  });

  it('names no person, no machine and no folder', () => {
    const text = JSON.stringify(environment('groundstate run').environment);
    const revealing = [hostname(), homedir(), process.cwd(), tmpdir()].filter((word) => word.length > 2);
    for (const word of revealing) expect(text).not.toContain(JSON.stringify(word).slice(1, -1));
    expect(Object.values(environment('groundstate run').environment)).not.toContain(userInfo().username);
  });
});

describe('gitCommit', () => {
  const git = (folder: string, ...parameters: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...parameters], { encoding: 'utf8' }).trim();

  it('is the commit of the checkout, and says when files differ from it', async () => {
    const checkout = join(base, 'checkout');
    const app = join(checkout, 'apps', 'reference');
    await put(app, { name: 'groundstate' });
    git(checkout, 'init', '--quiet');
    git(checkout, 'add', '.');
    git(checkout, 'commit', '--quiet', '-m', 'first');
    // A tag must not take the place of the commit.
    git(checkout, 'tag', '-a', 'v1', '-m', 'v1');
    const commit = git(checkout, 'rev-parse', 'HEAD');
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(gitCommit(app)).toBe(commit);
    await writeFile(join(checkout, 'results.txt'), 'not known to git');
    expect(gitCommit(app)).toBe(commit);
    await put(app, { name: 'groundstate', changed: true });
    expect(gitCommit(app)).toBe(`${commit}-dirty`);
    const other = join(base, 'other');
    await mkdir(other);
    git(other, 'init', '--quiet');
    process.env.GIT_DIR = join(other, '.git');
    try {
      expect(gitCommit(app)).toBe(`${commit}-dirty`);
    } finally {
      delete process.env.GIT_DIR;
    }
  });

  it('is null for what was installed into the checkout of another project, committed there or not', async () => {
    const project = join(base, 'project');
    const app = join(project, 'node_modules', 'groundstate');
    await put(app, { name: 'groundstate' });
    await put(join(project, 'copied'), { name: 'groundstate' });
    git(project, 'init', '--quiet');
    git(project, 'add', 'node_modules');
    git(project, 'commit', '--quiet', '-m', 'everything');
    expect(gitCommit(app)).toBe(null);
    expect(gitCommit(join(project, 'copied'))).toBe(null);
  });

  it('is null outside of any checkout', async () => {
    await put(join(base, 'loose'), { name: 'groundstate' });
    expect(gitCommit(join(base, 'loose'))).toBe(null);
  });
});

describe('installed', () => {
  it('finds what Node finds: the nearest copy, through links, whatever the package exports', async () => {
    const project = join(base, 'lookup');
    await put(join(project, 'node_modules', '@a', 'one'), { version: '1.0.0', exports: { '.': './index.js' } });
    await put(join(project, 'inner', 'node_modules', '@a', 'one'), { version: '2.0.0' });
    await mkdir(join(project, 'linked', 'node_modules', '@a'), { recursive: true });
    await symlink(join(project, 'node_modules', '@a', 'one'), join(project, 'linked', 'node_modules', '@a', 'one'), 'junction');
    expect(installed('@a/one', project)).toEqual({ name: '@a/one', version: '1.0.0', folder: join(project, 'node_modules', '@a', 'one') });
    expect(installed('@a/one', join(project, 'inner'))?.version).toBe('2.0.0');
    expect(installed('@a/one', join(project, 'linked'))?.folder).toBe(join(project, 'node_modules', '@a', 'one'));
    expect(installed('@a/two', project)).toBeUndefined();
  });

  it('the packages of this app are all found', () => {
    expect(runtimePackages().map(({ name }) => name)).toEqual(
      expect.arrayContaining(['@groundstate/core', '@groundstate/training', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm']),
    );
  });
});
