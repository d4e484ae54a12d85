// The API reference: `npm run docs` writes it to docs/api from the doc comments of everything that packages export.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Converter } from 'typedoc';
import { formatsOf } from '../packages/manifests.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name))
  .filter((directory) => existsSync(join(directory, 'package.json')))
  .map((directory) => ({ directory, manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) }))
  .filter(({ manifest }) => manifest.private !== true)
  .flatMap((entry) =>
    formatsOf(entry).map(({ specifier, source }) => ({
      name: entry.manifest.name,
      specifier,
      source: join(entry.directory, source),
    })),
  );

/** A module is called what one imports it by, not by the path of its file. */
function nameModules(application) {
  application.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName;
    const entry = entries.find(({ source }) => source === file);
    if (entry !== undefined && reflection.parent === context.project) reflection.name = entry.specifier;
  });
}

export default {
  name: 'Groundstate',
  entryPoints: entries.map(({ source }) => source),
  tsconfig: join(root, 'tsconfig.json'),
  out: join(root, 'docs', 'api'),
  plugin: [nameModules],
  readme: 'none',
  // `npm test` checks the types of everything; here they are only read.
  skipErrorChecking: true,
  excludeInternal: true,
  disableSources: true,
  treatWarningsAsErrors: true,
  validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: true },
  // Without this line only the root's own name counts, which no export has: nothing would be checked.
  packagesRequiringDocumentation: [...new Set(entries.map(({ name }) => name))],
  requiredToBeDocumented: ['Variable', 'Function', 'Class', 'Interface', 'TypeAlias'],
};
