import { isBuiltin } from 'node:module';
import { describe, expect, it } from 'vitest';
import { circles, packageOf, parse, reachable, resolve } from './architecture/imports';
import { isTest, packages, type Workspace, workspaces } from './architecture/packages';

/**
 * Structure as a test: who may import whom. The rest (files, manifests, exports, the lock) stands in tests/architecture/.
 * Every check collects what is wrong and compares it with nothing, so that a failure lists all of it.
 */

const TFJS = /^@tensorflow\/tfjs-/;
const LIGHT = ['core', 'attacks', 'energy', 'baselines', 'metrics', 'models', 'training', 'wasm'];
const ON_CORE_ONLY = ['attacks', 'energy', 'baselines', 'datasets', 'metrics', 'models', 'training', 'testing'];

/** Which of our own packages a package's code may import. Apps may import them all. */
function allowed({ short, isApp, manifest }: Workspace): readonly string[] {
  if (isApp) return workspaces.filter((other) => other.manifest.private !== true).map((other) => other.manifest.name);
  return ON_CORE_ONLY.includes(short) ? ['@groundstate/core', manifest.name] : [manifest.name];
}

function imports(workspace: Workspace, wanted: (path: string) => boolean): { readonly path: string; readonly specifier: string }[] {
  return workspace.files.filter(wanted).flatMap((path) => parse(path).specifiers.map((specifier) => ({ path, specifier })));
}

const isOurs = (specifier: string): boolean => /^(@groundstate\/|groundstate(\/|$))/.test(specifier);
const sources = (path: string): boolean => !isTest(path);

describe('imports', () => {
  it('every package has a rule', () => {
    expect(packages.map(({ short }) => short).filter((short) => ![...ON_CORE_ONLY, 'core', 'wasm'].includes(short))).toEqual([]);
  });

  it.each(workspaces)('$manifest.name imports only the packages below it', (workspace) => {
    const names = allowed(workspace);
    const wrong = imports(workspace, sources).filter(({ specifier }) => isOurs(specifier) && !names.includes(packageOf(specifier)!));
    expect(wrong).toEqual([]);
  });

  it.each(workspaces)('the tests of $manifest.name import nothing more, save the conformance kits', (workspace) => {
    const names = [...allowed(workspace), '@groundstate/testing', workspace.manifest.name];
    const wrong = imports(workspace, isTest).filter(({ specifier }) => isOurs(specifier) && !names.includes(packageOf(specifier)!));
    expect(wrong).toEqual([]);
  });

  it.each(packages.filter(({ short }) => short === 'core' || short === 'wasm'))(
    '$manifest.name imports tfjs and nothing else from outside',
    (workspace) => {
      const outside = imports(workspace, sources).filter(({ specifier }) => packageOf(specifier) !== undefined && !isOurs(specifier));
      const fits = (name: string): boolean => (workspace.short === 'core' ? name === '@tensorflow/tfjs-core' : TFJS.test(name));
      expect(outside.filter(({ specifier }) => !fits(packageOf(specifier)!))).toEqual([]);
    },
  );

  it.each(workspaces)('what $manifest.name imports, it declares', (workspace) => {
    const { name, dependencies, peerDependencies } = workspace.manifest;
    const declared = [name, ...Object.keys(dependencies ?? {}), ...Object.keys(peerDependencies ?? {})];
    const outside = imports(workspace, sources).filter(({ specifier }) => packageOf(specifier) !== undefined);
    expect(outside.filter(({ specifier }) => !declared.includes(packageOf(specifier)!))).toEqual([]);
  });

  it.each(packages.filter(({ short }) => LIGHT.includes(short)))('$manifest.name brings nothing along', ({ short, manifest }) => {
    expect(Object.keys(manifest.dependencies ?? {})).toEqual(['core', 'wasm'].includes(short) ? [] : ['@groundstate/core']);
  });

  it.each(workspaces)('no file of $manifest.name imports itself in a circle', (workspace) => {
    const inside = (path: string | undefined): path is string => path !== undefined && workspace.files.includes(path);
    const edges = workspace.files.map(
      (path) =>
        [
          path,
          parse(path)
            .specifiers.map((specifier) => resolve(path, specifier))
            .filter(inside),
        ] as const,
    );
    expect(circles(new Map(edges))).toEqual([]);
  });

  it('no package depends on itself in a circle', () => {
    const edges = workspaces.map((workspace) => {
      const names = imports(workspace, sources).map(({ specifier }) => packageOf(specifier)!);
      return [
        workspace.manifest.name,
        [...new Set(names)].filter((name) => isOurs(name ?? '') && name !== workspace.manifest.name),
      ] as const;
    });
    expect(circles(new Map(edges))).toEqual([]);
  });
});

describe('browser entries', () => {
  const entries = packages.flatMap((workspace) =>
    [...workspace.entries]
      .filter(([path]) => path !== './node')
      .map(([path, file]) => ({ name: workspace.manifest.name + path.slice(1), file })),
  );

  it.each(entries)('$name reaches no module of Node', ({ file }) => {
    const wrong = [...reachable(file)].flatMap(([path, way]) =>
      /\.ts$/.test(path)
        ? parse(path)
            .specifiers.filter((specifier) => isBuiltin(specifier))
            .map((specifier) => [...way, specifier].join(' > '))
        : [],
    );
    expect(wrong).toEqual([]);
  });

  it.each(entries)('$name reaches no folder node/', ({ file }) => {
    const wrong = [...reachable(file)].filter(([path]) => path.includes('/node/')).map(([, way]) => way.join(' > '));
    expect(wrong).toEqual([]);
  });
});
