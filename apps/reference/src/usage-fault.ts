/** What commander refuses, said in the grammar of all our errors. */
import type { CommanderError } from 'commander';

/** Whose options or arguments they were: `createProgram` notes it on the error. */
export type UsageError = CommanderError & { owner?: string };

/** What commander calls it, by the texts of commander 14: the name, the rule, and what came instead. */
const faults: Readonly<Record<string, (message: string) => { name: string; rule: string; got: string | undefined } | undefined>> = {
  'commander.unknownOption': (message) => read(message, /option '(.+?)'/s, 'option', 'one that it has'),
  'commander.unknownCommand': (message) => read(message, /command '(.*?)'/s, 'command', 'one that it has'),
  // No command at all: the help has been shown.
  'commander.help': () => ({ name: 'command', rule: 'given', got: 'nothing' }),
  'commander.missingArgument': (message) => {
    const name = /argument '(.+?)'/.exec(message)?.[1];
    return name === undefined ? undefined : { name, rule: 'given', got: 'nothing' };
  },
  'commander.optionMissingArgument': (message) => {
    const [, name, value] = /option '(?:-\w, )?(\S+) [<[](.+?)[>\]]' argument/.exec(message) ?? [];
    return name === undefined ? undefined : { name, rule: `followed by a value (${value})`, got: 'nothing' };
  },
  'commander.excessArguments': (message) => {
    const [, most, count] = /Expected (\d+) arguments? but got (\d+)/.exec(message) ?? [];
    return most === undefined ? undefined : { name: 'arguments', rule: `at most ${most} in number`, got: `${count}` };
  },
};

/** `help` of something that is none: commander shows the help it has, and says no more than that it has shown it. */
function askedFor({ code }: UsageError, parameters: readonly string[]): { name: string; rule: string; got: string } | undefined {
  const wanted = parameters[parameters.indexOf('help') + 1];
  if (code !== 'commander.help' || !parameters.includes('help') || wanted === undefined) return undefined;
  return { name: 'command', rule: 'one that it has', got: JSON.stringify(wanted) };
}

function read(message: string, pattern: RegExp, name: string, rule: string): { name: string; rule: string; got: string } | undefined {
  const got = pattern.exec(message)?.[1];
  return got === undefined ? undefined : { name, rule, got: JSON.stringify(got) };
}

/** `parameters`: what was typed. */
export async function usageFault(error: UsageError, parameters: readonly string[]): Promise<Error> {
  const { GroundstateError } = await import('@groundstate/core');
  const owner = error.owner ?? 'groundstate';
  const text = error.message.replace(/^error: /, '');
  const { name, rule, got } = askedFor(error, parameters) ??
    faults[error.code]?.(text) ?? { name: 'arguments', rule: 'as its help says', got: JSON.stringify(text) };
  const guess = /\(Did you mean (.+?)\?\)/s.exec(text)?.[1];
  const help = owner === 'groundstate' ? 'groundstate --help' : `groundstate ${owner} --help`;
  const advice = [guess === undefined ? '' : `Did you mean ${guess}? `, `See ${help}.`].join('');
  return new GroundstateError('invalid-argument', `${owner}: expected \`${name}\` to be ${rule}, got ${got}. ${advice}`);
}
