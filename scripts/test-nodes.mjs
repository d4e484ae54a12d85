// `npm run test:nodes -- 20 22 24`: the packed packages, and a part of the unit tests, under several versions of Node.
// Not part of `npm test`: it fetches each version from npm the first time, and takes minutes.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checks } from './nodes/checks.mjs';
import { obtainNode } from './nodes/obtain.mjs';
import { layOut } from './packages/consumers.mjs';
import { pack } from './packages/pack.mjs';
import { publishable } from './packages/publishable.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const majors = process.argv.slice(2);
const wrong = majors.find((major) => !/^\d+$/.test(major) || Number(major) < 20);
if (majors.length === 0 || wrong !== undefined) {
  console.error(
    `test:nodes: expected \`versions\` to be one or more of 20, 21, ..., got ${wrong ?? 'none'}. Say \`npm run test:nodes -- 20 22 24\`.`,
  );
  process.exit(2);
}

const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'groundstate-nodes-')));
const outcomes = [];
try {
  const entries = publishable(root);
  pack(root, temporary, entries);
  const project = layOut(root, temporary, entries);
  for (const major of majors) {
    const { program, version } = obtainNode(root, major);
    const place = join(temporary, version);
    mkdirSync(place);
    for (const [name, check] of Object.entries(checks)) {
      const start = performance.now();
      const problems = await check({ root, project, entries, program, place });
      const outcome = { version, name, problems, seconds: (performance.now() - start) / 1000 };
      outcomes.push(outcome);
      console.error(`Node ${version}: ${name}: ${problems.length === 0 ? 'passed' : 'FAILED'} (${outcome.seconds.toFixed(0)} s)`);
    }
  }
} finally {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
}

for (const { version, name, problems } of outcomes) for (const problem of problems) console.log(`Node ${version}: ${name}: ${problem}`);
const versions = [...new Set(outcomes.map(({ version }) => version))];
const cell = (version, name) =>
  outcomes.find((outcome) => outcome.version === version && outcome.name === name).problems.length === 0 ? 'passed' : 'FAILED';
console.log(`\n${'Node'.padEnd(42)}${versions.map((version) => version.padStart(10)).join('')}`);
for (const name of Object.keys(checks))
  console.log(`${name.padEnd(42)}${versions.map((version) => cell(version, name).padStart(10)).join('')}`);
process.exitCode = outcomes.every(({ problems }) => problems.length === 0) ? 0 : 1;
