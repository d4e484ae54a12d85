import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backend/backends';
import type { Output } from '../console/output';
import type { BackendFinding, Diagnosis } from '../doctor/diagnosis';
import { doctor } from './doctor';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-doctor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What would be printed. */
function listen(): { output: Output; answers: [string, Diagnosis][] } {
  const answers: [string, Diagnosis][] = [];
  const task = { at: () => undefined, finish: () => undefined, fail: () => undefined };
  const console = { say: () => undefined, task: () => task };
  return {
    output: { json: false, command: '', console, answer: (text, data) => answers.push([text, data as Diagnosis]) } as Output,
    answers,
  };
}
const broken = async ({ name }: Backend): Promise<BackendFinding> => ({ name, state: 'broken', why: 'no such library' });

describe('doctor', () => {
  it('is content with one backend that works, and says which one auto takes', async () => {
    const { output, answers } = listen();
    const attempt = async (backend: Backend): Promise<BackendFinding> =>
      ['wasm', 'cpu'].includes(backend.name)
        ? {
            name: backend.name,
            state: 'works',
            trainingStep: 12.5,
            inputGradient: 3,
            ...(backend.name === 'wasm' ? { threads: 4, build: 'relaxed', notices: ['one thread fewer, since we say so'] } : {}),
          }
        : broken(backend);
    expect(await doctor({}, output, attempt)).toBe(0);
    const [text, diagnosis] = answers[0]!;
    expect(answers).toHaveLength(1);
    expect(diagnosis).toMatchObject({ schema: 'groundstate/doctor@1', usable: true, auto: 'wasm', node: process.version });
    expect(diagnosis.checks.map(({ check }) => check)).toEqual(['node', 'packages', 'memory', 'disk', 'disk', 'data']);
    expect(text).toContain('--backend auto takes wasm.');
    expect(text).toMatch(/wasm +│ works +│ 12\.5 ms +│ 3 ms +│ relaxed SIMD, 4 threads/);
    expect(text).toContain('\none thread fewer, since we say so\n');
    expect(text).toMatch(/node +│ broken +│ - +│ - +│ no such library/);
    for (const { found, advice } of diagnosis.checks) {
      expect(text).toContain(found);
      if (advice) expect(text).toContain(advice);
      expect(found).not.toContain('\n');
    }
  });

  it('fails where none does', async () => {
    const { output, answers } = listen();
    expect(await doctor({}, output, broken)).toBe(1);
    expect(answers[0]![1]).toMatchObject({ usable: false, auto: null });
    expect(answers[0]![0]).toContain('No backend works: nothing can be computed here.');
  });
});

describe('the built command', () => {
  it('finds wasm and cpu, says why not the others, and writes nothing', async () => {
    const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
    const env = { ...process.env, GROUNDSTATE_CACHE: join(folder, 'cache'), GROUNDSTATE_DATA: '', GROUNDSTATE_THREADS: '3' };
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'doctor', '--json'], { cwd: folder, env, encoding: 'utf8' });
    expect(stderr).toContain('doctor: done');
    expect(status).toBe(0);
    const { backends, checks } = JSON.parse(stdout) as Diagnosis;
    expect(backends.map(({ name }) => name)).toEqual(['node-gpu', 'node', 'webgpu', 'wasm', 'cpu']);
    for (const backend of backends) {
      if (['wasm', 'cpu'].includes(backend.name)) expect(backend.state).toBe('works');
      // Another machine may have them; then they work or say why not.
      else if (backend.state !== 'works') expect(backend.why).toMatch(/.+/);
    }
    expect(backends.find(({ name }) => name === 'wasm')).toMatchObject({ threads: 3, build: expect.stringMatching(/^(relaxed|plain)$/) });
    expect(checks.filter(({ state }) => state === 'wrong')).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  }, 120_000);
});
