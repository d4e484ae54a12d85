/** Ways to be wrong on the command line, to be tried in the folder of bad-use-sandbox.ts. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';

/** What is typed, after files were put into the sandbox. */
export type Case = { readonly parameters: readonly string[]; readonly files?: Readonly<Record<string, string | Uint8Array>> };

const idx = (...shape: number[]) =>
  Buffer.concat([
    Buffer.from([0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, n >> 8, n & 255])]),
    Buffer.alloc(
      shape.reduce((a, b) => a * b),
      1,
    ),
  ]);
const names = { train: 'train-images-idx3-ubyte', trainLabels: 'train-labels-idx1-ubyte', test: 't10k-images-idx3-ubyte' };

const pick = fc.constantFrom;
const word = fc.stringMatching(/^[a-z]{3,9}$/);
const making = [
  'run mnist',
  'train',
  'tune mnist',
  'evaluate --model model --dataset synthetic-digits --norm l2 --epsilon 1 --attack pgd',
].map((text) => text.split(' '));
const leaves = [...making, ['rank', 'mnist'], ['compare', 'finished'], ['report', 'finished'], ['doctor'], ['datasets', 'list']].concat([
  ['datasets', 'verify'],
  ['attacks', 'list'],
  ['defences', 'list'],
  ['models', 'list'],
]);
const base = pick(...making);
/** One letter less, more, or other; never a name that there is. */
const misspelt = (...words: readonly string[]) =>
  fc
    .tuple(pick(...words), fc.nat(20), pick('less', 'more', 'other'), pick(...'qxzkv'))
    .map(([name, at, how, letter]) => {
      const place = at % name.length;
      return name.slice(0, place) + (how === 'less' ? '' : letter) + name.slice(how === 'more' ? place : place + 1);
    })
    .filter((text) => text !== '' && !words.includes(text));
const paths = ['seed', 'threat.norm', 'threat.epsilon', 'backend'];
/** Neither a number nor what a number is made of. */
const noNumber = pick('many', 'NaN', '1/0', '', 'true', '[1]', '{"a":1}', 'null', '1e999', '--', '0x', '1,5');
const nested = (path: string, value: unknown): string =>
  JSON.stringify(path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value));
const withConfig = (text: string | Uint8Array) =>
  base.map((parameters): Case => ({ parameters: [...parameters, '--config', 'mine.json'], files: { 'mine.json': text } }));
const typed = (text: string): Case => ({ parameters: text.split(' ') });
const commands = [
  'run',
  'train',
  'evaluate',
  'judge',
  'tune',
  'rank',
  'compare',
  'report',
  'datasets',
  'attacks',
  'defences',
  'models',
  'doctor',
  'help',
];

/** By what goes wrong: how many are drawn, and from what. */
export const ways: Readonly<Record<string, readonly [number, fc.Arbitrary<Case>]>> = {
  'an unknown command': [
    12,
    fc
      .tuple(fc.oneof(misspelt(...commands), word), fc.constantFrom([], ['mnist'], ['--json']))
      .filter(([name]) => !commands.includes(name))
      .map(([name, rest]) => ({ parameters: [name, ...rest] })),
  ],
  'an unknown command of a group': [
    4,
    fc.tuple(pick('datasets', 'attacks', 'defences', 'models'), misspelt('list', 'fetch', 'verify')).map((parameters) => ({ parameters })),
  ],
  'an unknown option': [
    16,
    fc
      .tuple(
        pick(...leaves),
        fc.oneof(
          misspelt('--seed', '--epsilon', '--preset', '--config'),
          word.map((text) => `--${text}x`),
        ),
      )
      .filter(([, flag]) => flag.startsWith('--') && flag.length > 3)
      .map(([parameters, flag]) => ({ parameters: [...parameters, flag, '1'] })),
  ],
  'an option without its value': [
    6,
    fc
      .tuple(base, pick('--seed', '--norm', '--config', '--set', '--out', '--epsilon'))
      .map(([parameters, flag]) => ({ parameters: [...parameters, flag] })),
  ],
  'an argument too many, or too few': [
    8,
    pick(
      'run mnist more',
      'train mnist',
      'doctor now',
      'run',
      'tune',
      'rank',
      'compare',
      'report',
      'datasets fetch',
      'attacks list all',
    ).map(typed),
  ],
  'an unknown pipeline': [
    4,
    fc
      .tuple(pick('run', 'tune', 'rank'), fc.oneof(misspelt('mnist', 'cifar10', 'svhn', 'fashion-mnist'), word))
      .map((parameters) => ({ parameters })),
  ],
  'a misspelt key in --set': [
    12,
    fc
      .tuple(base, misspelt(...paths), word)
      .filter(([, path]) => !path.startsWith('.') && !path.endsWith('.') && path.split('.').every(Boolean))
      .map(([parameters, path, value]) => ({ parameters: [...parameters, '--set', `${path}=${value}`] })),
  ],
  'a misspelt key in --config': [
    12,
    fc
      .tuple(misspelt(...paths), fc.integer())
      .filter(([path]) => path.split('.').every(Boolean))
      .chain(([path, value]) => withConfig(nested(path, value))),
  ],
  'no setting in --set': [
    6,
    fc
      .tuple(base, fc.oneof(word, pick('=1', '.a=1', 'a..b=1', '', ' ')))
      .map(([parameters, text]) => ({ parameters: [...parameters, '--set', text] })),
  ],
  'a wrong type in --set': [
    12,
    fc
      .tuple(base, pick('seed', 'threat.epsilon'), noNumber)
      .map(([parameters, path, value]) => ({ parameters: [...parameters, '--set', `${path}=${value}`] })),
  ],
  'a wrong type in --config': [
    12,
    fc
      .tuple(
        pick('seed', 'threat', 'threat.norm', 'threat.epsilon', 'backend', 'data', 'out'),
        pick<unknown>(true, [], {}, ['a'], { b: 1 }),
      )
      .filter(([path, value]) => !(path === 'threat' && JSON.stringify(value) === '{}'))
      .chain(([path, value]) => withConfig(nested(path, value))),
  ],
  'a number out of range': [
    12,
    fc
      .tuple(
        base,
        pick('--seed=-1', '--seed=0.5', '--epsilon=-1', '--epsilon=-8/255', '--set=seed=-3', '--seed=1e99x', '--epsilon=Infinity'),
      )
      .map(([parameters, flag]) => ({ parameters: [...parameters, flag] })),
  ],
  'sizes out of range': [
    10,
    pick(
      'run mnist --set sizes.train=0',
      'run mnist --set sizes.audit.samples=-1',
      'run mnist --set sizes.attacks=[]',
      'run cifar10 --seeds 0',
      'run svhn --task semi-supervised --labels 0',
      'run mnist --labels 100',
      'run mnist --jobs 0',
      'run mnist --limit-seconds -1',
      'tune mnist --trials 0',
      'tune mnist --train 1e9',
      'tune mnist --validation 0.5',
      'tune mnist --jobs 0',
      'tune mnist --jobs two',
      'tune mnist --worker 3/2',
      'train --epochs 0',
      'train --batch-size -4',
      'train --learning-rate 0',
      'train --set validation.patience=1',
      'rank mnist --tuning begun-tuning --seeds 0',
      'evaluate --model model --dataset synthetic-digits --norm l2 --epsilon 1 --attack pgd --limit 0',
      'evaluate --model model --dataset synthetic-digits --norm l2 --epsilon 1 --attack pgd --bits 17',
      'evaluate --model model --dataset synthetic-digits --norm l2 --epsilon 1 --attack auto-attack:version=best',
      'evaluate --model model --dataset synthetic-digits --norm l2 --epsilon 1 --attack pgd:eot=0',
    ).map(typed),
  ],
  'a broken configuration': [
    14,
    fc
      .tuple(fc.constant('{"seed": 3, "threat": {"norm": "l2"}}'), fc.integer({ min: 1, max: 35 }))
      .chain(([text, end]) => withConfig(text.slice(0, end))),
  ],
  'a configuration of random bytes': [
    8,
    fc
      .uint8Array({ minLength: 1, maxLength: 60 })
      .filter((bytes) => !isJson(bytes))
      .chain((bytes) => withConfig(bytes)),
  ],
  'a configuration that is none': [
    10,
    fc
      .tuple(
        base,
        pick(
          'begun',
          'nowhere.json',
          'file.txt',
          'file.txt/inner.json',
          'finished/results.json',
          'finished/config.json',
          'damaged/config.json',
          '.',
        ),
      )
      .map(([parameters, path]) => ({ parameters: [...parameters, '--config', path] })),
  ],
  'an empty configuration': [3, withConfig('')],
  'an unknown name': [
    20,
    fc
      .oneof(
        fc.tuple(base, pick('--norm', '--backend'), word).map(([parameters, flag, name]) => [...parameters, flag, name]),
        fc.oneof(misspelt('quick', 'smoke', 'standard', 'paper'), word).map((name) => ['run', 'mnist', '--preset', name]),
        fc.oneof(misspelt('supervised', 'semi-supervised'), word).map((name) => ['run', 'svhn', '--task', name]),
        misspelt('convnet', 'conv-small').map((name) => ['run', 'cifar10', '--model', name]),
        misspelt('channels').map((name) => ['run', 'cifar10', '--set', `training.preprocessing=${name}`]),
        fc
          .tuple(pick(['run', 'mnist'], ['train']), fc.oneof(misspelt('standard', 'pgd-at', 'trades'), word))
          .map(([parameters, name]) => [...parameters, '--defence', name]),
        fc
          .tuple(pick(making[2]!, making[3]!), fc.oneof(misspelt('pgd', 'square'), word))
          .map(([parameters, name]) => [...parameters, '--attack', name]),
        misspelt('mnist', 'cifar10', 'synthetic-digits').map((name) => ['train', '--dataset', name]),
        misspelt('convnet', 'mlp').map((name) => ['train', '--model', name]),
        fc.oneof(misspelt('pgd-at', 'energy-d2'), word).map((name) => ['tune', 'mnist', '--contenders', `standard,${name}`]),
        word.map((name) => ['datasets', 'fetch', name]),
        word.map((name) => ['datasets', 'verify', name]),
      )
      .map((parameters) => ({ parameters })),
  ],
  'an unknown or wrong option of an attack': [
    12,
    pick(
      '--attack pgd:stpes=3',
      '--attack pgd:steps=0',
      '--attack pgd:steps',
      '--attack pgd:steps=',
      '--attack pgd:steps=many',
      '--attack square:queries=-5',
      '--attack pgd:restarts=0',
      '--attack :',
      '--attack fab:x=1',
    ).chain((text) => pick(making[2]!, making[3]!).map((parameters): Case => ({ parameters: [...parameters, ...text.split(' ')] }))),
  ],
  'an unknown or wrong option of a defence': [
    8,
    pick(
      'pgd-at:stpes=3',
      'pgd-at:steps=0',
      'trades:beta=-1',
      'energy-d2:weight=x',
      'energy-d0',
      'vat:',
      'standard:steps=3',
      'pgd-at:steps=3,steps=4',
    ).chain((spec) =>
      pick(['run', 'mnist', '--defence'], ['train', '--defence']).map(
        (parameters): Case => ({ parameters: [...parameters, spec, '--set', spec === 'vat:' ? 'threat.norm=linf' : 'seed=1'] }),
      ),
    ),
  ],
  'too little said': [
    5,
    pick(
      'evaluate',
      'evaluate --model model',
      'evaluate --model model --norm l2',
      'evaluate --model model --norm l2 --epsilon 1',
      'evaluate --model model --norm l2 --epsilon 1 --attack pgd',
      'judge --model model',
      'judge --adversarial file.txt --dataset synthetic-digits',
      'rank mnist',
    ).map(typed),
  ],
  'a missing folder': [
    10,
    pick(
      'run mnist --data nowhere',
      'run mnist --data file.txt',
      'run mnist --data data',
      'run cifar10 --data data',
      'run svhn --data nowhere',
      'train --dataset mnist',
      'train --data data',
      'tune mnist --data nowhere',
      'run mnist --resume nowhere',
      'tune mnist --resume file.txt',
      'rank mnist --tuning nowhere',
      'rank mnist --resume foreign',
      'compare nowhere',
      'compare foreign file.txt',
      'report nowhere',
      'report foreign',
      'train --resume nowhere',
      'evaluate --resume nowhere',
      'judge --model model --dataset synthetic-digits --adversarial nowhere.npz --backend cpu',
      'judge --model model --dataset synthetic-digits --adversarial file.txt --backend cpu',
      'evaluate --model nowhere --dataset synthetic-digits --norm l2 --epsilon 1 --attack pgd --backend cpu',
    ).map(typed),
  ],
  'a folder that is taken': [
    10,
    fc
      .tuple(pick(...making.slice(0, 3)), pick('finished', 'begun', 'foreign', 'file.txt', 'file.txt/inner', '.', 'model'))
      .map(([parameters, out]) => ({ parameters: [...parameters, '--out', out] })),
  ],
  'a folder that is taken, of an evaluation': [
    4,
    pick('finished', 'begun', 'file.txt', 'file.txt/inner').map((out) => ({ parameters: [...making[3]!, '--out', out] })),
  ],
  'a run that does not go on': [
    20,
    pick(
      'run mnist --resume finished',
      'run mnist --resume begun-tuning',
      'run mnist --resume begun',
      'run mnist --resume begun-earlier',
      'run cifar10 --resume begun',
      'tune mnist --resume unsealed',
      'rank mnist --tuning unsealed',
      'rank mnist --tuning emptied',
      'compare no-outcomes',
      'compare no-results',
      'compare finished --out begun',
      'run mnist --resume changed',
      'run mnist --resume damaged',
      'run mnist --resume begun --seed 1',
      'run mnist --resume begun --set seed=1',
      'tune mnist --resume begun',
      'rank mnist --resume begun-tuning',
      'train --resume begun',
      'train --resume begun --epochs 3',
      'rank mnist --tuning begun',
      'rank mnist --tuning begun-tuning',
      'rank mnist',
    ).map(typed),
  ],
  'a damaged model': [
    10,
    pick<Readonly<Record<string, string | Uint8Array>>>(
      { 'model/model.json': '{"format": "layers-mod' },
      { 'model/model.json': '<html>Not found</html>' },
      { 'model/model.json': '' },
      { 'model/model.json': '[]' },
      { 'model/model.json': '{}' },
      { 'model/weights.bin': new Uint8Array(17) },
      { 'model/weights.bin': '' },
      { 'model/weights.bin': new Uint8Array(40000) },
    ).map((files) => ({ parameters: [...making[3]!, '--backend', 'cpu'], files })),
  ],
  'data that is damaged': [
    12,
    fc
      .tuple(
        pick(...making.slice(0, 3)),
        pick<Readonly<Record<string, Uint8Array>>>(
          { [`${names.train}.gz`]: gzipSync(idx(10, 28, 28)).subarray(0, 30) },
          { [`${names.train}.gz`]: gzipSync(idx(10, 28, 28)) },
          { [names.train]: idx(10, 28, 28).subarray(0, 100) },
          { [`${names.trainLabels}.gz`]: gzipSync(idx(10)) },
          { [`${names.train}.gz`]: Buffer.from('<html>403</html>') },
          { [names.train]: idx(10) },
          { [names.test]: new Uint8Array(0) },
        ),
      )
      .map(([parameters, files]) => ({
        parameters: [...parameters, '--data', 'data'],
        files: Object.fromEntries(Object.entries(files).map(([name, content]) => [`data/mnist/${name}`, content])),
      })),
  ],
  'attacks and defences that do not suit the norm': [
    4,
    pick('run mnist --norm linf --defence vat', 'tune mnist --norm linf', 'train --norm linf --defence vat', 'train --norm l3').map(typed),
  ],
};

function isJson(bytes: Uint8Array): boolean {
  try {
    return typeof JSON.parse(Buffer.from(bytes).toString()) === 'object';
  } catch {
    return false;
  }
}
