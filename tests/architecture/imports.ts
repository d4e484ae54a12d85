import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, posix } from 'node:path';
import ts from 'typescript';
import { inRoot, read, workspaces } from './packages';

export type Module = {
  /** What the file imports, in the order of its text: static, dynamic, type-only, `require` and `import('...')` in types. */
  readonly specifiers: readonly string[];
  readonly hasStarExport: boolean;
  readonly hasDefaultExport: boolean;
};

const modules = new Map<string, Module>();

/** Reads a file once, through TypeScript's own parser. */
export function parse(path: string): Module {
  const known = modules.get(path);
  if (known !== undefined) return known;
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
  const specifiers: string[] = [];
  let hasStarExport = false;
  let hasDefaultExport = false;
  const add = (node: ts.Node | undefined): void => {
    if (node !== undefined && ts.isStringLiteralLike(node)) specifiers.push(node.text);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier);
      if (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause)) hasStarExport = true;
      else if (node.exportClause.elements.some(({ name }) => name.text === 'default')) hasDefaultExport = true;
    } else if (ts.isExternalModuleReference(node)) add(node.expression);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (ts.isCallExpression(node)) {
      const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword || isRequire) add(node.arguments[0]);
    } else if (ts.isExportAssignment(node)) hasDefaultExport = true;
    else if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword))
      hasDefaultExport = true;
    ts.forEachChild(node, visit);
  };
  visit(source);
  const module = { specifiers, hasStarExport, hasDefaultExport };
  modules.set(path, module);
  return module;
}

/** `@scope/name` or `name`, without what follows. Undefined for relative imports and Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || isBuiltin(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The file of this repository that an import means; undefined for everything outside of it. */
export function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const path = posix.join(dirname(from), specifier);
    const stem = path.replace(/\.[cm]?js$/, '');
    return [path, `${stem}.ts`, `${stem}.tsx`, `${stem}.mts`, `${path}/index.ts`].find(
      (candidate) => /\.\w+$/.test(candidate) && existsSync(inRoot(candidate)),
    );
  }
  const owner = workspaces.find(({ manifest }) => manifest.name === packageOf(specifier));
  return owner?.entries.get(`.${specifier.slice(owner.manifest.name.length)}`);
}

/** Everything that loading a file loads, with the way there: each path leads from the start to the file in question. */
export function reachable(start: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>([[start, [start]]]);
  const waiting = [start];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (!/\.[cm]?tsx?$/.test(path) || !existsSync(inRoot(path))) continue;
    for (const specifier of parse(path).specifiers) {
      const next = resolve(path, specifier);
      if (next === undefined || found.has(next)) continue;
      found.set(next, [...found.get(path)!, next]);
      waiting.push(next);
    }
  }
  return found;
}

/** Every circle that a depth-first walk closes, as `a > b > a`. */
export function circles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const closed: string[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const walk = (node: string): void => {
    if (way.includes(node)) {
      closed.push([...way.slice(way.indexOf(node)), node].join(' > '));
      return;
    }
    if (done.has(node)) return;
    way.push(node);
    for (const next of edges.get(node) ?? []) walk(next);
    way.pop();
    done.add(node);
  };
  for (const node of edges.keys()) walk(node);
  return closed;
}
