/** A diagnosis for people. */
import Table from 'cli-table3';
import { threadsInWords } from '../backend/wasm-kernels';
import type { BackendFinding, Diagnosis } from '../doctor/diagnosis';

const plain = { head: [], border: [] };

export function diagnosisText({ groundstate, commit, platform, machine, checks, backends, auto, more }: Diagnosis): string {
  const version = `groundstate ${groundstate}${commit === null ? '' : ` (${commit.slice(0, 10)}${commit.endsWith('-dirty') ? ', changed' : ''})`}`;
  const lines = [`${version} on ${platform}: ${machine.cpu}, ${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}`, ''];
  for (const { state, found, advice } of checks) {
    lines.push(`${state.padEnd(6)}${found}${advice === undefined ? '' : `\n      ${advice}`}`);
  }
  const table = new Table({ head: ['backend', '', 'training step', 'input gradient', ''], style: plain });
  for (const finding of backends) table.push(row(finding));
  lines.push(
    '',
    table.toString(),
    'Medians for 32 images in the small convnet. All gradients of a backend that works were compared with right ones.',
  );
  for (const finding of backends) if (finding.state === 'works') lines.push(...(finding.notices ?? []));
  lines.push(auto === null ? 'No backend works: nothing can be computed here.' : `--backend auto takes ${auto}.`);
  if (more.length > 0) lines.push('', 'For more:', ...more.map(({ command, what }) => `  ${command}\n      ${what}`));
  return lines.join('\n');
}

function row(finding: BackendFinding): string[] {
  if (finding.state !== 'works') return [finding.name, finding.state, '-', '-', finding.why];
  const { name, state, trainingStep, inputGradient, build, threads } = finding;
  const features = build === undefined || threads === undefined ? '' : `${build} SIMD, ${threadsInWords({ threads })}`;
  return [name, state, `${trainingStep} ms`, `${inputGradient} ms`, features];
}
