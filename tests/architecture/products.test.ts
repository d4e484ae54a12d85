import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { packages, publishable, read, TFJS_VERSION } from './packages';

/** What makes a package a product: it says what it is, how it is installed and used, on what terms, and how it is cited. */

const libraries = packages.filter(({ manifest }) => manifest.private !== true);
const RUNNABLE = /<!-- run -->\n+```(?:ts|js|typescript|javascript)/;

describe('what is published', () => {
  it.each(publishable)('$manifest.name can be found by the words of the field', ({ manifest }) => {
    const keywords = manifest.keywords as readonly string[];
    expect(keywords.length).toBeGreaterThanOrEqual(5);
    expect(new Set(keywords).size).toBe(keywords.length);
    expect(keywords.filter((word) => !/^[a-z0-9.-]+$/.test(word))).toEqual([]);
  });

  it.each(publishable)('$manifest.name says on what it runs and on what terms', ({ manifest }) => {
    const { engines, license, type } = manifest;
    expect({ engines, license, type }).toEqual({ engines: { node: '>=20' }, license: 'MIT', type: 'module' });
  });

  it('no two have the same description', () => {
    const descriptions = publishable.map(({ manifest }) => manifest.description);
    expect(descriptions.filter((text, index) => descriptions.indexOf(text) !== index)).toEqual([]);
  });

  it.each(publishable)('$manifest.name runs nothing when it is installed', ({ manifest }) => {
    const scripts = Object.keys((manifest.scripts ?? {}) as object);
    expect(scripts.filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
  });
});

describe('READMEs of packages', () => {
  it.each(libraries)('that of $manifest.name shows an example that runs', ({ folder }) => {
    expect(read(`${folder}/README.md`)).toMatch(RUNNABLE);
  });

  it.each(libraries)('that of $manifest.name says how to install it, with a version of tfjs that fits', ({ folder, manifest }) => {
    const commands = [...read(`${folder}/README.md`).matchAll(/npm install ([^`\n]*)/g)].map((match) => match[1]!.split(' '));
    expect(commands.flat()).toContain(manifest.name);
    const tfjs = commands.flat().filter((name) => name.startsWith('@tensorflow/'));
    expect(tfjs.length).toBeGreaterThan(0);
    expect(tfjs.filter((name) => !name.endsWith(`@${TFJS_VERSION}`))).toEqual([]);
  });
});

type Person = { readonly name?: string; readonly 'family-names'?: string };
type Citation = Readonly<Record<'cff-version' | 'message' | 'title' | 'type' | 'license', string>> & {
  readonly authors: readonly Person[];
  readonly references: readonly {
    readonly type: string;
    readonly title: string;
    readonly doi: string;
    readonly authors: readonly Person[];
  }[];
};

describe('CITATION.cff and SECURITY.md', () => {
  // A dependency of typedoc: nothing else here reads YAML.
  const require = createRequire(createRequire(import.meta.url).resolve('typedoc/package.json'));
  const { parse } = require('yaml') as { readonly parse: (text: string) => unknown };
  const citation = parse(read('CITATION.cff')) as Citation;

  it('the citation has what the format requires (CFF 1.2.0: version, message, title, authors)', () => {
    expect(citation).toMatchObject({ 'cff-version': '1.2.0', type: 'software', title: 'Groundstate', license: 'MIT' });
    expect(citation.message).toMatch(/cite/);
    expect(citation.authors.map(({ name }) => name)).toEqual([publishable[0]!.manifest.author]);
  });

  it('the citation names the paper that the README names', () => {
    const [paper] = citation.references;
    const readme = read('README.md').replaceAll(/\s+/g, ' ');
    expect(paper!.type).toBe('article');
    expect(paper!.authors.map((author) => author['family-names'])).toEqual(['Zhang', 'Huang', 'Xu']);
    expect(readme).toContain(paper!.title);
    expect(readme).toContain(paper!.doi);
  });

  it('the policy says where to report, and that models are data', () => {
    const policy = read('SECURITY.md');
    expect(policy).toMatch(/private vulnerability reporting/);
    expect(policy).toMatch(/Models are data/);
    // An address would have to be somebody's.
    expect(policy).not.toMatch(/[\w.-]+@[\w-]+\.\w+/);
  });
});
