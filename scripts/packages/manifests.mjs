/** The export paths of a package that hold code: their specifiers, source files, formats. */
export function formatsOf({ manifest }) {
  return Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([path, target]) => ({
      specifier: manifest.name + path.slice(1),
      path,
      source: target['@groundstate/source'],
      esm: target.import !== undefined,
      cjs: target.require !== undefined,
    }));
}

/** What a package needs that is not ours. */
export function outsideDependencies(manifest) {
  return [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})].filter(
    (name) => !name.startsWith('@groundstate/'),
  );
}
