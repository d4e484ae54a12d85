import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/** A dependency of one of our tools, found where that tool finds it: npm decides whether it also lies at the top. */
export async function importBeside(tool, name) {
  const beside = createRequire(require.resolve(`${tool}/package.json`));
  return import(pathToFileURL(beside.resolve(name)).href);
}
