// What a reader of a README takes from it: the lines that install, and the examples that run.
import ts from 'typescript';
import { importBeside } from './import-beside.mjs';

const { transformSync } = await importBeside('tsup', 'esbuild');

const RUNNABLE = /<!-- run -->\n+```(?:ts|js|typescript|javascript)[^\n]*\n([\s\S]*?)\n```/g;
const INSTALL = /npm install((?: +(?:@[\w.-]+\/)?[\w.-]+(?:@[\w.]+)?)+)/g;

const withoutVersion = (name) => name.replace(/(?<=.)@[^/]*$/, '');

/** As JavaScript: whoever writes JavaScript leaves the types out. */
function withoutTypes(code) {
  return transformSync(code, { loader: 'ts', target: 'es2022', tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } } }).code;
}

/** Every block behind `<!-- run -->`: as it stands (`source`) and as JavaScript (`code`), its line, and the packages that the text has told to install before it. */
export function examplesOf(text) {
  return [...text.matchAll(RUNNABLE)].map((match) => {
    const before = text.slice(0, match.index);
    const names = [...before.matchAll(INSTALL)].flatMap(([, list]) => list.trim().split(/ +/).map(withoutVersion));
    return { source: match[1], code: withoutTypes(match[1]), line: before.split('\n').length, names: [...new Set(names)] };
  });
}

function programOf(code) {
  const source = ts.createSourceFile('example.js', code, ts.ScriptTarget.Latest, true);
  const imports = source.statements.filter(ts.isImportDeclaration);
  let body = code;
  for (const { pos, end } of [...imports].reverse()) body = body.slice(0, pos) + body.slice(end);
  return { source, imports, body };
}

/** What the example imports, as written. */
export function importsOf(code) {
  return programOf(code).imports.map(({ moduleSpecifier }) => moduleSpecifier.text);
}

/** `await` at the top is for modules alone: what follows the imports goes into a function, whose promise is `finished`. */
export function asScript(code) {
  const { source, imports, body } = programOf(code);
  return `${imports.map((statement) => statement.getText(source)).join('\n')}
globalThis.finished = (async () => {${body}
})();
`;
}

function requireOf({ importClause, moduleSpecifier }) {
  const required = `require('${moduleSpecifier.text}')`;
  if (importClause === undefined) return `${required};`;
  const { name, namedBindings: names } = importClause;
  if (name !== undefined) throw new Error(`expected no default import in an example, got ${name.text}: nothing of ours has one.`);
  if (ts.isNamespaceImport(names)) return `const ${names.name.text} = ${required};`;
  const taken = names.elements.map((element) => (element.propertyName ? `${element.propertyName.text}: ` : '') + element.name.text);
  return `const { ${taken.join(', ')} } = ${required};`;
}

/** The same program for CommonJS. */
export function asCommonJs(code) {
  const { imports, body } = programOf(code);
  return `'use strict';\n${imports.map(requireOf).join('\n')}\n(async () => {${body}\n})();\n`;
}
