import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inRoot, publishable, read, type Target, TFJS_VERSION, workspaces } from './packages';

const FIELDS = ['name', 'version', 'description', 'keywords', 'license', 'engines', 'exports', 'files', 'sideEffects'];

/** The one shape that types, bundlers, `import` and `require` all agree on; `require` is left out where nothing is built for it. */
function expectedTarget(path: string, target: Target): Target {
  const name = path === '.' ? 'index' : path.slice('./'.length);
  const source = target['@groundstate/source'] ?? '(the source file)';
  return {
    '@groundstate/source': source,
    import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
    ...(target.require === undefined ? {} : { require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` } }),
  };
}

describe('manifests', () => {
  it.each(workspaces)('$manifest.name says what it is', ({ manifest }) => {
    expect(FIELDS.filter((field) => manifest[field] === undefined)).toEqual([]);
    expect(manifest.description).not.toBe('');
  });

  it.each(workspaces)('the exports of $manifest.name have the one shape that works everywhere', ({ folder, manifest, isApp }) => {
    for (const [path, target] of Object.entries(manifest.exports)) {
      if (path === './package.json') continue;
      if (path.endsWith('.wasm')) {
        // To be fetched, not imported.
        expect(target).toBe(`./dist/${path.slice(2)}`);
        continue;
      }
      // Text, not values: the order of conditions decides which one is taken.
      expect(JSON.stringify(target)).toBe(JSON.stringify(expectedTarget(path, target as Target)));
      const { '@groundstate/source': source, require } = target as Target;
      expect(existsSync(inRoot(`${folder}/${source}`)), `${folder}/${source} exists`).toBe(true);
      if (!isApp) expect(require, `${manifest.name}${path.slice(1)} can be required`).toBeDefined();
    }
  });

  it.each(workspaces)('$manifest.name takes tfjs at the one version that its parts agree on', ({ manifest }) => {
    const ranges = { ...manifest.devDependencies, ...manifest.dependencies, ...manifest.peerDependencies };
    const wrong = Object.entries(ranges).filter(([name, range]) => name.startsWith('@tensorflow/tfjs') && range !== TFJS_VERSION);
    expect(wrong).toEqual([]);
  });

  it('every package that can be published has a changeset or a release behind it', () => {
    const announced = readdirSync(inRoot('.changeset'))
      .filter((name) => name.endsWith('.md') && name !== 'README.md')
      .map((name) => /^---\n([\s\S]*?)\n---/.exec(read(`.changeset/${name}`))?.[1] ?? '')
      .flatMap((front) => [...front.matchAll(/^['"]?([^'":\s]+)['"]?\s*:/gm)].map((match) => match[1]));
    const silent = publishable.filter(({ manifest }) => manifest.version === '0.0.0' && !announced.includes(manifest.name));
    expect(silent.map(({ manifest }) => manifest.name)).toEqual([]);
  });
});

type Locked = { readonly optionalDependencies?: Readonly<Record<string, string>> };

describe('package-lock.json', () => {
  const locked = (JSON.parse(read('package-lock.json')) as { readonly packages: Readonly<Record<string, Locked>> }).packages;

  /** Where Node would look for `name` from a package at `path`, as far up as the root. */
  function isLocked(path: string, name: string): boolean {
    for (let folder = path; ; folder = folder.includes('/node_modules/') ? folder.slice(0, folder.lastIndexOf('/node_modules/')) : '') {
      if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in locked) return true;
      if (folder === '') return false;
    }
  }

  it('holds every optional package of every platform, or `npm ci` fails elsewhere', () => {
    const missing = Object.entries(locked).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {})
        .filter((name) => !isLocked(path, name))
        .map((name) => `${path} wants ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('holds no download addresses', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved":\s*"http/);
  });
});
