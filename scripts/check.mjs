// What `npm test` runs once the packages are built: every check to its end, whatever the ones before it said.
// The last line is `N passed, N failed`: the unit tests, plus one for each of the other checks.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'groundstate-check-'));
const report = join(temporary, 'vitest.json');

const tool = (...path) => join(root, 'node_modules', ...path);

// Called through Node and not through the links in .bin, which are batch files on Windows.
const checks = [
  { name: 'typecheck', command: [tool('typescript', 'bin', 'tsc'), '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lint', command: [tool('@biomejs', 'biome', 'bin', 'biome'), 'check', '.'] },
  { name: 'readme', command: [tool('tsx', 'dist', 'cli.mjs'), 'scripts/readme-tables.ts', '--check'] },
  { name: 'docs', command: [tool('typedoc', 'bin', 'typedoc'), '--options', 'scripts/docs/typedoc.mjs', '--emit', 'none'] },
  {
    name: 'unit tests',
    command: [tool('vitest', 'vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    count: countTests,
  },
  { name: 'packages', command: ['scripts/check-packages.mjs'] },
];

/** Tests by outcome. What vitest reports outside of tests (a file that does not load, a stray rejection) counts as one failure each. */
function countTests(ended) {
  let results;
  try {
    results = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, remark: 'vitest wrote no report' };
  }
  const passed = results.numPassedTests;
  const skipped = results.numPendingTests + (results.numTodoTests ?? 0);
  const broken = results.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  let failed = results.numFailedTests + broken.length;
  const remarks = broken.map((file) => `${file.name.slice(root.length)} did not run`);
  if (results.numTotalTests === 0) remarks.push('not a single test was found');
  if (failed === 0 && (!ended || results.numTotalTests === 0)) {
    failed = 1;
    if (remarks.length === 0) remarks.push('vitest reported an error outside of the tests');
  }
  return { passed, failed, skipped, remark: remarks.join('; ') };
}

const outcomes = [];
try {
  for (const { name, command, count } of checks) {
    console.log(`\n--- ${name}`);
    const start = Date.now();
    const result = spawnSync(process.execPath, command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    const ended = result.status === 0;
    const figures = count === undefined ? { passed: ended ? 1 : 0, failed: ended ? 0 : 1, skipped: 0 } : count(ended);
    if (result.error) figures.remark = result.error.message;
    else if (result.signal) figures.remark = `ended by ${result.signal}`;
    outcomes.push({ name, seconds: (Date.now() - start) / 1000, ...figures });
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

const total = (key) => outcomes.reduce((sum, outcome) => sum + outcome[key], 0);

console.log('\n--- summary');
for (const { name, seconds, passed, failed, remark } of outcomes) {
  const figures = passed + failed > 1 ? `, ${passed} passed, ${failed} failed` : '';
  console.log(
    `${failed === 0 ? 'passed' : 'FAILED'}  ${name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s${figures}${remark ? ` (${remark})` : ''}`,
  );
}
// The exit code is set before the last line, which a reader may take as the end of the run.
process.exitCode = total('failed') === 0 ? 0 : 1;
console.log(`${total('passed')} passed, ${total('failed')} failed${total('skipped') > 0 ? `, ${total('skipped')} skipped` : ''}`);
