// What npm would make of an empty project, for a reader who installs some of our packages.
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** As npm resolves a name, from inside a package or from the project: packages that lie deeper win. */
function find(project, name, owner) {
  const places = owner === undefined ? [] : [join(project.modules, owner, 'node_modules', name)];
  return [...places, join(project.modules, name)].find((place) => existsSync(place));
}

/** What `npm install` of these names puts at the top: they, what they depend on, and peers that are not optional. */
function installedBy(project, names) {
  const found = new Map();
  const waiting = names.map((name) => ({ name }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { name, owner } = next;
    const place = find(project, name, owner);
    if (found.has(name) || place === undefined) continue;
    found.set(name, place);
    // What others depend on is found beside where they really lie.
    if (!/^(@groundstate\/|groundstate$)/.test(name)) continue;
    const {
      dependencies = {},
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
    const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true);
    waiting.push(...[...Object.keys(dependencies), ...peers].map((dependency) => ({ name: dependency, owner: name })));
  }
  return found;
}

/** Two empty projects, one a format, above one node_modules that holds what the README says and nothing else. */
export function layOutReader(folder, project, names) {
  for (const [name, place] of installedBy(project, names)) {
    const target = join(folder, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    // A copy of ours: through a link Node would resolve from the shared project, where everything is installed.
    if (name.startsWith('@groundstate/')) cpSync(place, target, { recursive: true, filter: (path) => path !== join(place, 'src') });
    else symlinkSync(realpathSync(place), target, 'junction');
  }
  for (const type of ['module', 'commonjs']) {
    mkdirSync(join(folder, type), { recursive: true });
    writeFileSync(join(folder, type, 'package.json'), JSON.stringify({ name: `reader-${type}`, private: true, type }));
  }
}
