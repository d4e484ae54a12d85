import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { l2 } from '@groundstate/core';
import { type Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { parseAttacks } from '../src/assess';
import { readEvaluateRequest } from '../src/commands/evaluate';
import { readRankRequest } from '../src/commands/rank';
import { readRunRequest } from '../src/commands/run-flags';
import { readTrainRequest } from '../src/commands/train-flags';
import { readTuneRequest } from '../src/commands/tune';
import { defencesFor } from '../src/defences';
import { pipelines } from '../src/pipelines/registry';
import { createProgram } from '../src/program';
import { version } from '../src/version';
import { groundstate } from './in-process';

type Flags = Readonly<Record<string, never>>;
const streams = { stdout: { write: () => true }, stderr: { write: () => true } as unknown as NodeJS.WriteStream };
/** The real program, which does nothing but note the flags it understood. */
function dryProgram(): { readonly program: Command; readonly understood: Flags[] } {
  const understood: Flags[] = [];
  const program = createProgram({ streams, perform: async (flags) => void understood.push(flags as Flags) });
  return { program, understood };
}

type Entry = { readonly path: readonly string[]; readonly command: Command };
const entriesOf = (command: Command, path: readonly string[]): readonly Entry[] => [
  { path, command },
  ...command.commands.flatMap((inner) => entriesOf(inner, [...path, inner.name()])),
];
const entries = entriesOf(dryProgram().program, []);
const leaves = entries.filter(({ command }) => command.commands.length === 0);
const examplesIn = (help: string): string[] => [...help.matchAll(/^ {2}groundstate (.+)$/gm)].map(([, line]) => line!);
/** What reads the options of a command whose examples can be judged without any file. */
const readers: Readonly<Record<string, (flags: Flags, argument: string) => Promise<unknown>>> = {
  run: async (flags, pipeline) =>
    defencesFor({ norm: l2(), epsilon: 1 }, (await readRunRequest(pipelines[pipeline as keyof typeof pipelines], flags)).defences),
  train: readTrainRequest,
  evaluate: async (flags) => parseAttacks((await readEvaluateRequest(flags)).attacks),
  tune: readTuneRequest,
  rank: readRankRequest,
};

describe('help', () => {
  it('knows every command that was asked for', () => {
    expect(leaves.map(({ path }) => path.join(' ')).sort()).toEqual(
      ['attacks list', 'compare', 'datasets fetch', 'datasets list', 'datasets verify', 'defences list', 'doctor', 'evaluate']
        .concat(['judge', 'models list', 'rank', 'report', 'run', 'train', 'tune'])
        .sort(),
    );
  });

  it.each(entries.map((entry) => ({ ...entry, name: ['groundstate', ...entry.path].join(' ') })))(
    '$name --help names every option and answers at once',
    async ({ path, command }) => {
      const { code, stdout, stderr } = await groundstate(...path, '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(command.description());
      const visible = command.options.filter((option) => !option.hidden);
      for (const option of visible) expect(stdout).toContain(option.flags);
      for (const inner of command.commands) expect(stdout).toContain(inner.description().slice(0, 30));
      if (command.commands.length === 0) {
        expect(visible.map(({ long }) => long)).toContain('--json');
        expect(stdout).toContain('Examples:');
      }
    },
  );

  it.each(leaves.map((entry) => ({ ...entry, name: entry.path.join(' ') })))(
    'the examples of $name are understood by the program, and valid',
    async ({ path }) => {
      const examples = examplesIn((await groundstate(...path, '--help')).stdout);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        expect(example.startsWith(path.join(' '))).toBe(true);
        const { program, understood } = dryProgram();
        await program.parseAsync(example.split(' '), { from: 'user' });
        expect(understood.length).toBe(1);
        const [flags] = understood;
        const reader = readers[path[0]!];
        if (reader && !('resume' in flags!) && !('config' in flags!)) await reader(flags!, example.split(' ')[path.length]!);
      }
    },
  );

  it('a wrong example would be found', async () => {
    const { program } = dryProgram();
    await expect(program.parseAsync(['run', 'mnist', '--prest', 'quick'], { from: 'user' })).rejects.toBeInstanceOf(CommanderError);
  });

  it('says the exit codes, and the version', async () => {
    expect((await groundstate('--help')).stdout).toContain('Exit codes: 0 done, 1 something failed, 2 wrong use, 130 interrupted');
    expect(await groundstate('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('without a command there is help, and it is no success', async () => {
    for (const path of [[], ['datasets'], ['attacks']]) {
      const { code, stdout, stderr } = await groundstate(...path);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('Commands:');
      expect(stderr).toContain('expected `command` to be given, got nothing.');
    }
  });

  it('of a command that there is not, neither', async () => {
    for (const path of [[], ['datasets']]) {
      const { code, stdout, stderr } = await groundstate(...path, 'help', 'lsit');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('expected `command` to be one that it has, got "lsit".');
      expect(await groundstate(...path, 'help')).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('needs nothing that is slow to load: commander and its own words', () => {
    const start = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
    const [outside, files] = [new Set<string>(), new Set([start])];
    for (const file of files) {
      const source = file.endsWith('.json') ? '' : readFileSync(file, 'utf8');
      // Static imports of values; what is imported by a call, or as a type, is not loaded with the file.
      for (const [, specifier] of source.matchAll(/^(?:import|export) (?!type\b)(?:[^'";]*? from )?'([^']+)'/gm)) {
        if (isBuiltin(specifier!)) continue;
        if (!specifier!.startsWith('.')) outside.add(specifier!);
        else files.add(join(dirname(file), `${specifier}${/\.\w+$/.test(specifier!) ? '' : '.ts'}`));
      }
    }
    expect([...files].map((file) => basename(file))).toEqual(expect.arrayContaining(['main.ts', 'program.ts', 'mnist.ts']));
    expect([...outside]).toEqual(['commander']);
  });
});
