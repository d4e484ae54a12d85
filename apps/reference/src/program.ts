/**
 * What `groundstate` understands: commands, options, help. It loads nothing but these words: what a command needs is loaded
 * when the command runs, so that `--help` answers at once. Defaults stand in config/defaults.ts, and are named here.
 */
import { Command, Option } from 'commander';
import { evaluateDefaults, judgeDefaults, rankDefaults, runDefaults, trainDefaults, tuneDefaults } from './config/defaults';
import type { Output, Streams } from './console/output';
import { presetNames, tasks } from './pipelines/pipeline';
import { pipelineNames, pipelines } from './pipelines/registry';
import { showBudget } from './show-budget';
import { version } from './version';

export interface Performance {
  readonly streams: Streams;
  /** Called with the flags and the work of the command that was asked for, once; a number that it gives is the exit code. */
  perform(flags: { readonly json?: boolean }, work: (output: Output) => Promise<unknown>): Promise<void>;
}

const digits = 'mnist';
const data = 'folder of the data (default: GROUNDSTATE_DATA, else what was fetched, else digits drawn by our own code)';
const backend = 'auto, node-gpu, node, webgpu, wasm or cpu (default: auto)';
const norm = ({ threat }: { threat: { norm: string } }): string => `norm of the threat: linf or l2 (default: ${threat.norm})`;
const epsilon = ({ threat }: { threat: { epsilon: number } }): string =>
  `size of the threat, such as 2 or 8/255 (default: ${threat.epsilon})`;

export function createProgram({ streams, perform }: Performance): Command {
  const program = new Command('groundstate')
    .description('Trains classifiers whose loss is stable around every example, and attacks them honestly.')
    .version(version)
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      writeErr: (text) => void streams.stderr.write(text),
      // `main` says it, in the grammar of all our errors.
      outputError: () => undefined,
    })
    .addHelpText('after', '\nExit codes: 0 done, 1 something failed, 2 wrong use, 130 interrupted (--resume goes on).');
  owned(program);
  examples(program, 'run mnist', 'run mnist --help', 'doctor');

  const run = declare(program, 'run', 'train several defences side by side, attack them, show the table');
  run
    .argument('<pipeline>', pipelineNames.join(', '))
    .option('--task <name>', `${tasks.join(' or ')} (default: ${runDefaults.task})`)
    .option('--preset <name>', `${presetNames.join(', ')} (default: ${runDefaults.preset})`)
    .option('--data <dir>', data)
    .option('--out <dir>', 'new folder for the run (default: runs/<pipeline>-<time>)')
    .option('--resume <dir>', 'go on with the run in this folder')
    .option('--backend <name>', backend)
    .option('--seed <n>', `seed of weights, order and noise (default: ${runDefaults.seed})`)
    .option('--seeds <n>', `how often each defence is trained, with seed, seed + 1, ... (default: ${runDefaults.seeds})`)
    .option('--model <spec>', "see `models list` (default: the preset's)")
    .option('--labels <n>', "how many training images keep their labels, where that is the task (default: the preset's)")
    .option('--norm <name>', "norm of the threat: linf or l2 (default: the pipeline's)")
    .option('--epsilon <size>', "size of the threat, such as 2 or 8/255 (default: the pipeline's)")
    .option('--defences <list>', "who is trained, with commas; see `defences list` (default: the preset's)")
    .option('--defence <spec...>', 'the same, one by one')
    .option('--jobs <n>', 'processes that share the models (default: 1)')
    .option('--limit-seconds <n>', 'leave after so many seconds, as if interrupted; --resume goes on')
    .addOption(new Option('--worker <share>').hideHelp())
    .action((pipeline, flags) => perform(flags, async (output) => (await import('./commands/run')).run(pipeline, flags, output)));
  configurable(run);
  run.addHelpText('after', `\nPresets, by pipeline and task:\n${presetLines().join('\n')}`);
  examples(
    run,
    'run mnist',
    'run mnist --data data --preset standard --out runs/first',
    'run mnist --norm linf --defences standard,pgd-at:steps=10,warmUp=0.3,energy-d2',
    'run cifar10 --preset quick --seeds 3 --jobs 2',
    'run svhn --task semi-supervised --labels 500 --set sizes.epochs=4',
    'run mnist --config runs/first/config.json --out runs/again',
    'run mnist --resume runs/first',
  );

  const train = declare(program, 'train', 'train one model with one defence');
  train
    .option('--dataset <name>', 'see `datasets list` (default: MNIST where --data has it, else synthetic digits)')
    .option('--data <dir>', data)
    .option('--model <spec>', `see \`models list\` (default: ${trainDefaults.model})`)
    .option('--defence <spec>', `see \`defences list\` (default: ${trainDefaults.defence})`)
    .option('--norm <name>', `norm of the threat: linf, l2 or l1 (default: ${trainDefaults.threat.norm})`)
    .option('--epsilon <size>', epsilon(trainDefaults))
    .option('--epochs <n>', `how often every example is visited (default: ${trainDefaults.sizes.epochs})`)
    .option('--batch-size <n>', `examples a step (default: ${trainDefaults.sizes.batchSize})`)
    .option('--learning-rate <rate>', `a tenth of it for the last quarter (default: ${trainDefaults.learningRate})`)
    .option('--train <n>', 'training examples (default: all)')
    .option('--seed <n>', `seed of weights, order and noise (default: ${trainDefaults.seed})`)
    .option('--backend <name>', backend)
    .option('--out <dir>', 'new folder for the training (default: runs/train-<time>)')
    .option('--resume <dir>', 'go on with the training in this folder')
    .action((flags) => perform(flags, async (output) => (await import('./commands/train-flags')).trainByFlags(flags, output)));
  configurable(train);
  examples(
    train,
    'train --defence energy-d2 --epochs 6 --out runs/energy',
    'train --dataset mnist --data data --model mlp:hidden=256+256 --defence pgd-at:steps=10 --norm linf --epsilon 0.3',
    'train --set validation.images=500 --set validation.patience=3',
    'train --resume runs/energy',
  );

  const evaluate = declare(program, 'evaluate', 'attack a saved tfjs-layers model');
  evaluate
    .option('--model <dir>', 'folder with model.json and its weights (required)')
    .option('--dataset <name>', `see \`datasets list\` (default: ${evaluateDefaults.dataset})`)
    .option('--data <dir>', 'folder of the data (default: GROUNDSTATE_DATA, else what was fetched)')
    .option('--norm <name>', 'norm of the threat: linf, l2, l1 or l0 (required)')
    .option('--epsilon <size>', 'size of the threat, such as 0.3 or 8/255 (required)')
    .option('--attack <spec...>', 'name:option=value,...; see `attacks list` (required)')
    .option('--survivors-only', 'each attack meets only what those before it left standing: the same worst case for less')
    .option('--bits <n>', 'judge adversarial images a second time, rounded to n bits (8: as an image file holds them)')
    .option('--limit <n>', 'n of the test images only, those that `run` takes (default: all)')
    .option('--out <dir>', 'new folder for results.json; an evaluation that has one can be left and continued')
    .option('--resume <dir>', 'go on with the evaluation in this folder')
    .option('--save-adversarial <file>', 'new npz file for the adversarial images, which numpy and `judge` read')
    .option('--backend <name>', backend)
    .option('--seed <n>', `seed of the noise (default: ${evaluateDefaults.seed})`)
    .action((flags) => perform(flags, async (output) => (await import('./commands/evaluate')).evaluateModel(flags, output)));
  configurable(evaluate);
  examples(
    evaluate,
    'evaluate --model runs/first/models/pgd-at --data data --norm l2 --epsilon 2 --attack apgd-ce --attack square:queries=1000',
    'evaluate --model my-model --dataset synthetic-digits --norm linf --epsilon 8/255 --attack pgd:steps=40,step=2/255 --limit 200 --json',
    'evaluate --model my-model --norm linf --epsilon 0.3 --attack auto-attack --out runs/attacked --save-adversarial images.npz',
    'evaluate --resume runs/attacked',
  );

  const judge = declare(program, 'judge', 'judge saved adversarial images against a saved model: ball, bounds, class');
  judge
    .option('--model <dir>', 'folder with model.json and its weights (required)')
    .option('--adversarial <file>', 'npz file with ids and adversarial, as `evaluate --save-adversarial` writes it (required)')
    .option('--dataset <name>', `what the images were made from; see \`datasets list\` (default: ${judgeDefaults.dataset})`)
    .option('--data <dir>', 'folder of the data (default: GROUNDSTATE_DATA, else what was fetched)')
    .option('--norm <name>', 'norm of the threat: linf, l2, l1 or l0 (default: as the file says)')
    .option('--epsilon <size>', 'size of the threat, such as 0.3 or 8/255 (default: as the file says)')
    .option('--bits <n>', 'judge them a second time, rounded to n bits')
    .option('--out <dir>', 'new folder for results.json')
    .option('--backend <name>', backend)
    .action((flags) => perform(flags, async (output) => (await import('./commands/judge')).judge(flags, output)));
  configurable(judge);
  examples(
    judge,
    'judge --model my-model --adversarial images.npz',
    'judge --model my-model --dataset synthetic-digits --adversarial theirs.npz --norm l2 --epsilon 2 --bits 8 --json',
  );

  const tune = declare(program, 'tune', 'give every defence the same number of trials on a validation split, choose the best');
  tune
    .argument('<pipeline>', digits)
    .option('--data <dir>', data)
    .option('--out <dir>', 'new folder for the tuning (default: runs/tune-mnist-<time>)')
    .option('--resume <dir>', 'go on with the tuning in this folder')
    .option('--backend <name>', backend)
    .option('--seed <n>', `seed of the trials, the split, weights, order and noise (default: ${tuneDefaults.seed})`)
    .option('--norm <name>', norm(tuneDefaults))
    .option('--epsilon <size>', epsilon(tuneDefaults))
    .option('--trials <n>', `trials of every defence; the first is untuned (default: ${tuneDefaults.trials})`)
    .option('--train <n>', `training examples (default: ${tuneDefaults.sizes.train})`)
    .option('--validation <n>', `examples taken out of the training set (default: ${tuneDefaults.sizes.validation})`)
    .option('--epochs <n>', `epochs of every trial (default: ${tuneDefaults.sizes.epochs})`)
    .option('--contenders <names>', `names with commas, or all (default: ${tuneDefaults.contenders})`)
    .option('--attack <spec...>', `what is validated with (default: ${tuneDefaults.sizes.attacks.join(' ')})`)
    .option('--jobs <n>', 'processes that share the trials (default: 1)')
    .addOption(new Option('--worker <share>').hideHelp())
    .action((pipeline, flags) => perform(flags, async (output) => (await import('./commands/tune')).tune(pipeline, flags, output)));
  configurable(tune);
  examples(
    tune,
    'tune mnist --data data --jobs 2 --out runs/tuning',
    'tune mnist --contenders pgd-at,energy-d2 --trials 4',
    'tune mnist --resume runs/tuning --jobs 2',
  );

  const rank = declare(program, 'rank', 'train tuned defences with several seeds, attack them alike, say who is ahead');
  rank
    .argument('<pipeline>', digits)
    .option('--tuning <dir>', 'folder of a finished tuning; data, threat and settings come from there (required)')
    .option('--data <dir>', 'folder of the data, if it is elsewhere now')
    .option('--out <dir>', 'new folder for the ranking (default: runs/rank-mnist-<time>)')
    .option('--resume <dir>', 'go on with the ranking in this folder')
    .option('--backend <name>', backend)
    .option('--seeds <n>', `how often each defence is trained (default: ${rankDefaults.seeds})`)
    .option('--train <n>', `training examples (default: ${rankDefaults.sizes.train})`)
    .option('--test <n>', `test images that are attacked (default: ${rankDefaults.sizes.test})`)
    .option('--epochs <n>', `epochs of every training (default: ${rankDefaults.sizes.epochs})`)
    .option('--attack <spec...>', `what every model is attacked with (default: ${rankDefaults.sizes.attacks.join(' ')})`)
    .option('--jobs <n>', 'processes that share the models (default: 1)')
    .addOption(new Option('--worker <share>').hideHelp())
    .action((pipeline, flags) => perform(flags, async (output) => (await import('./commands/rank')).rank(pipeline, flags, output)));
  configurable(rank);
  examples(rank, 'rank mnist --tuning runs/tuning --jobs 2 --out runs/ranking', 'rank mnist --resume runs/ranking --jobs 2');

  const compare = declare(program, 'compare', 'lay finished runs side by side: paired differences with their intervals');
  compare
    .argument('<dir...>', 'folders of finished runs')
    .option('--out <dir>', 'new folder for results.json and report.html')
    .action((folders, flags) => perform(flags, async (output) => (await import('./commands/compare')).compare(folders, flags, output)));
  examples(compare, 'compare runs/first runs/second', 'compare runs/first runs/second --out runs/both --json');

  const report = declare(program, 'report', 'write report.html of a finished run: one file, no network');
  report
    .argument('<dir>', 'folder of a finished run')
    .option('--out <file>', 'another place for it (default: report.html in the folder)')
    .action((folder, flags) => perform(flags, async (output) => (await import('./commands/report')).report(folder, flags, output)));
  examples(report, 'report runs/first', 'report runs/first --out first.html');

  const datasets = group(program, 'datasets', 'the data sets: which there are, fetching and verifying them');
  const known = declare(datasets, 'list', 'every data set, and where it is found on this machine');
  known.action((flags) => perform(flags, async (output) => (await import('./commands/datasets')).listDatasets(output)));
  examples(known, 'datasets list', 'datasets list --json');
  const fetch = declare(datasets, 'fetch', 'download data sets; what is there already and whole stays');
  fetch
    .argument('<name...>', 'such as mnist')
    .option('--data <dir>', 'folder to put them into (default: GROUNDSTATE_DATA, else the cache of this user)')
    .option('--mirror <url>', 'try this address first; may be repeated', collect)
    .option('--force', 'fetch again what is there')
    .option('--optional', "files too that no pipeline needs: SVHN's extra set (1.3 GB)")
    .action((names, flags) => perform(flags, async (output) => (await import('./commands/datasets')).fetchDatasets(names, flags, output)));
  examples(
    fetch,
    'datasets fetch mnist',
    'datasets fetch mnist --data data --mirror https://mirror.example/mnist/',
    'datasets fetch svhn --optional',
  );
  const verify = declare(datasets, 'verify', 'check every file of data sets, and explain each fault; exit code 1 where there is one');
  verify
    .argument('[name...]', 'such as mnist (default: all that are there)')
    .option('--data <dir>', 'folder to look in (default: GROUNDSTATE_DATA, then the cache of this user)')
    .action((names, flags) => perform(flags, async (output) => (await import('./commands/datasets')).verifyDatasets(names, flags, output)));
  examples(verify, 'datasets verify', 'datasets verify mnist --data data');

  for (const [name, title, list] of [
    ['attacks', 'the attacks that --attack takes, their norms, options and sources', 'listAttacks'],
    ['defences', 'the defences that --defence takes, their cost, options and sources', 'listDefences'],
    ['models', 'the networks that --model takes, their size and options', 'listModels'],
  ] as const) {
    const command = declare(group(program, name, title), 'list', title);
    command.action((flags) => perform(flags, async (output) => (await import('./commands/list'))[list](output)));
    examples(command, `${name} list`, `${name} list --json`);
  }

  const doctor = declare(program, 'doctor', 'what this machine can do: versions, backends and their speed, disk, memory, data');
  doctor
    .option('--data <dir>', 'folder of the data (default: GROUNDSTATE_DATA, else what was fetched)')
    .action((flags) => perform(flags, async (output) => (await import('./commands/doctor')).doctor(flags, output)));
  examples(doctor, 'doctor', 'doctor --data data --json');
  return program;
}

function presetLines(): readonly string[] {
  return Object.values(pipelines).flatMap(({ name, tasks }) =>
    Object.entries(tasks).flatMap(([task, { norm, epsilon, presets }]) => [
      `  ${name}, ${task}, ${norm} ${showBudget(epsilon[norm])}:`,
      ...Object.entries(presets).map(([preset, { about }]) => `    ${preset.padEnd(9)} ${about}`),
    ]),
  );
}

/** A command that does something. */
function declare(parent: Command, name: string, description: string): Command {
  const command = parent.command(name).description(description).option('--json', 'the answer as one JSON document');
  owned(command);
  return command;
}

/** A command that only holds others. */
function group(parent: Command, name: string, description: string): Command {
  const command = parent.command(name).description(description);
  owned(command);
  return command;
}

/** What every command that makes a run understands beside its own options. */
function configurable(command: Command): void {
  command
    .option('--config <file>', 'JSON file with settings, or the config.json of a run, to repeat it; options win over it')
    .option('--set <key=value>', 'one setting, such as threat.epsilon=8/255; wins over all else; may be repeated', collect);
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

/** Errors say whose they are. */
function owned(command: Command): void {
  const owner = ownerOf(command);
  command.exitOverride((error) => {
    throw Object.assign(error, { owner });
  });
}

function ownerOf(command: Command): string {
  if (command.parent === null) return command.name();
  return command.parent.parent === null ? command.name() : `${ownerOf(command.parent)} ${command.name()}`;
}

function examples(command: Command, ...lines: readonly string[]): void {
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  groundstate ${line}`).join('\n')}`);
}
