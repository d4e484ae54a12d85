#!/usr/bin/env node
/** The command line. Each command is a file of its own; this one only says what there is. */
import { GroundstateError } from '@groundstate/core';
import { Command, Option } from 'commander';
import { attackNames } from './attack-spec';
import { type CompareFlags, compare } from './commands/compare';
import { type EvaluateFlags, evaluateModel } from './commands/evaluate';
import { type RunFlags, run } from './commands/run';
import { type TuneFlags, tune } from './commands/tune';
import { presets } from './presets';
import { contenders } from './tuning/contenders';
import { version } from './version';

const backendHelp = 'auto, node-gpu, node, webgpu, wasm or cpu';
const program = new Command('groundstate')
  .description('Trains classifiers whose loss is stable around every example, and attacks them honestly.')
  .version(version)
  .showHelpAfterError('(groundstate --help says what there is)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

program
  .command('run')
  .description('train standard, PGD-AT and energy side by side, attack them, show the table')
  .argument('<pipeline>', 'mnist')
  .option('--data <dir>', 'folder with mnist/ inside (default: GROUNDSTATE_DATA, else synthetic digits)')
  .option('--out <dir>', 'new folder for the run (default: runs/mnist-<time>)')
  .option('--resume <dir>', 'continue the run in this folder')
  .option('--backend <name>', backendHelp, 'auto')
  .option('--seed <n>', 'seed of weights, order and noise', '0')
  .option('--preset <name>', Object.keys(presets).join(', '), 'quick')
  .option('--norm <name>', 'norm of the threat: linf or l2', 'l2')
  .option('--epsilon <size>', 'size of the threat, such as 2 or 8/255', '2')
  .addHelpText(
    'after',
    `\nPresets:\n${Object.entries(presets)
      .map(([name, { about }]) => `  ${name.padEnd(9)} ${about}`)
      .join('\n')}\n` +
      '\nExamples:\n  groundstate run mnist\n  groundstate run mnist --data data --preset standard --out runs/first\n  groundstate run mnist --resume runs/first',
  )
  .action((pipeline: string, flags: RunFlags, command: Command) => {
    return run(pipeline, flags, givenOptions(flags, command));
  });

program
  .command('tune')
  .description('give every defence the same number of trials on a validation split, record all, choose the best')
  .argument('<pipeline>', 'mnist')
  .option('--data <dir>', 'folder with mnist/ inside (default: GROUNDSTATE_DATA, else synthetic digits)')
  .option('--out <dir>', 'new folder for the tuning (default: runs/tune-mnist-<time>)')
  .option('--resume <dir>', 'continue the tuning in this folder')
  .option('--backend <name>', backendHelp, 'auto')
  .option('--seed <n>', 'seed of the trials, the split, weights, order and noise', '0')
  .option('--norm <name>', 'norm of the threat: linf or l2', 'l2')
  .option('--epsilon <size>', 'size of the threat, such as 2 or 8/255', '2')
  .option('--trials <n>', 'trials of every defence; the first is untuned', '6')
  .option('--train <n>', 'training examples', '5000')
  .option('--validation <n>', 'validation examples, taken out of the training set', '500')
  .option('--epochs <n>', 'epochs of every trial', '6')
  .option('--contenders <names>', `all, or some of ${contenders.map(({ name }) => name).join(',')}`, 'all')
  .option('--attack <spec...>', 'what the validation examples are attacked with', ['apgd-ce:steps=20'])
  .option('--jobs <n>', 'processes that share the trials', '1')
  .addOption(new Option('--worker <share>').hideHelp())
  .addHelpText('after', '\nExample:\n  groundstate tune mnist --data data --jobs 2 --out runs/tuning')
  .action((pipeline: string, flags: TuneFlags, command: Command) => tune(pipeline, flags, givenOptions(flags, command)));

program
  .command('compare')
  .description('train tuned defences with several seeds, attack them alike, say who is ahead of whom')
  .argument('<pipeline>', 'mnist')
  .option('--tuning <dir>', 'folder of a finished tuning; data, threat and settings come from there')
  .option('--data <dir>', 'folder with mnist/ inside, if it is elsewhere now')
  .option('--out <dir>', 'new folder for the comparison (default: runs/compare-mnist-<time>)')
  .option('--resume <dir>', 'continue the comparison in this folder')
  .option('--backend <name>', backendHelp, 'auto')
  .option('--seeds <n>', 'how often each defence is trained', '3')
  .option('--train <n>', 'training examples', '10000')
  .option('--test <n>', 'test images that are attacked', '1000')
  .option('--epochs <n>', 'epochs of every training', '8')
  .option('--attack <spec...>', 'what every model is attacked with', ['apgd-ce:steps=100', 'square:queries=1000,rescaleSchedule=true'])
  .option('--jobs <n>', 'processes that share the models', '1')
  .addOption(new Option('--worker <share>').hideHelp())
  .addHelpText('after', '\nExample:\n  groundstate compare mnist --tuning runs/tuning --jobs 2 --out runs/comparison')
  .action((pipeline: string, flags: CompareFlags, command: Command) => compare(pipeline, flags, givenOptions(flags, command)));

program
  .command('evaluate')
  .description('attack a saved tfjs-layers model')
  .requiredOption('--model <dir>', 'folder with model.json and its weights')
  .option('--dataset <name>', 'mnist or synthetic-digits', 'mnist')
  .option('--data <dir>', 'folder with mnist/ inside (default: GROUNDSTATE_DATA)')
  .requiredOption('--norm <name>', 'norm of the threat: linf, l2, l1')
  .requiredOption('--epsilon <size>', 'size of the threat, such as 0.3 or 8/255')
  .requiredOption('--attack <spec...>', `name:option=value,...; may be repeated; names: ${attackNames.join(', ')}`)
  .option('--limit <n>', 'the first n test images only')
  .option('--out <dir>', 'folder for results.json')
  .option('--backend <name>', backendHelp, 'auto')
  .option('--seed <n>', 'seed of the noise', '0')
  .addHelpText(
    'after',
    '\nExample:\n  groundstate evaluate --model runs/first/models/pgd-at --data data --norm l2 --epsilon 2 --attack apgd-ce --attack square:queries=1000',
  )
  .action((flags: EvaluateFlags) => evaluateModel(flags));

program.parseAsync().catch((cause: unknown) => {
  // What we say ourselves needs no stack; anything else is a bug, and the stack is what helps.
  const known = GroundstateError.is(cause);
  process.stderr.write(`${known ? cause.message : cause instanceof Error ? cause.stack : String(cause)}\n`);
  process.exitCode = known && cause.code === 'aborted' ? 130 : known && cause.code === 'invalid-argument' ? 2 : 1;
});

/** What the user wrote, as opposed to what holds its default. */
function givenOptions(flags: object, command: Command): readonly string[] {
  return Object.keys(flags).filter((name) => command.getOptionValueSource(name) === 'cli');
}
