/** `groundstate attacks|defences|models list`: what the other commands take by name. */
import { glossary, type Listed, listTable, type Option } from '../console/list-tables';
import type { Output } from '../console/output';
import { attackEntries, sharedOptions } from '../registry/attacks';
import { defenceEntries, sharedSettings } from '../registry/defences';
import { modelEntries } from '../registry/models';
import type { Settings } from '../registry/setting';

export async function listAttacks({ answer }: Output): Promise<void> {
  const rows = attackEntries.map(({ card, options }): Listed => {
    const { name, norms, access, budget, goals, paper } = card;
    const worded = options.flatMap(({ name: option, choices }) => (choices ? [`${option}: ${choices.join(', ')}`] : []));
    return { name, figures: [norms.join(' '), access], about: [`${budget} budget; ${goals.join(', ')}`, paper, ...worded], options };
  });
  const data = attackEntries.map(({ card, factory, options }) => ({ ...card, factory, options }));
  const notes = [
    'With every attack: restarts=n, and eot=n, means over n draws for models that draw random numbers.',
    'Examples: --attack pgd:steps=40,step=0.01,randomStart=false --attack auto-attack:version=plus',
  ];
  answer(
    [
      listTable(
        'attack',
        [
          ['norms', 10],
          ['looks at', 9],
        ],
        rows,
      ),
      ...notes,
    ].join('\n'),
    { attacks: data, shared: sharedOptions },
  );
}

export async function listDefences({ answer }: Output): Promise<void> {
  const rows = defenceEntries.map(({ card, settings }): Listed => {
    const { name, cost, norms, about, paper } = card;
    return {
      name,
      figures: [String(cost), norms.join(' ')],
      about: [about, paper].filter((line) => line !== ''),
      options: optionsOf(settings),
    };
  });
  const data = defenceEntries.map(({ card, settings, ownDescent }) => ({ ...card, options: optionsOf(settings), awp: !ownDescent }));
  const notes = [
    'cost: gradient evaluations an example and step with nothing set, without batch normalisation.',
    'A number at the end of a name is that of the segments of a path: energy-d4 is as good as energy-d2.',
    'awp, awpFrom and entmin work with every defence but free-at and awp.',
    'Example: --defence trades:beta=6,steps=10,awp=0.005',
    '',
    'Options, by name:',
    glossary([...rows.flatMap(({ options }) => options), ...optionsOf(sharedSettings)]),
  ];
  answer(
    [
      listTable(
        'defence',
        [
          ['cost', 4],
          ['norms', 10],
        ],
        rows,
      ),
      ...notes,
    ].join('\n'),
    { defences: data, shared: optionsOf(sharedSettings) },
  );
}

export async function listModels({ answer }: Output): Promise<void> {
  const rows = modelEntries.map(
    ({ card, settings }): Listed => ({
      name: card.name,
      figures: [card.parameters.toLocaleString('en'), card.images.join('x')],
      about: [card.about],
      options: optionsOf(settings),
    }),
  );
  const notes = [
    'parameters: with nothing set, for such images and ten classes.',
    'Example: --model mlp:hidden=256+256,dropout=0.2',
    '',
    'Options, by name:',
    glossary(rows.flatMap(({ options }) => options)),
  ];
  const columns = [
    ['parameters', 10],
    ['images', 7],
  ] as const;
  answer([listTable('model', columns, rows), ...notes].join('\n'), {
    models: modelEntries.map(({ card, settings }) => ({ ...card, options: optionsOf(settings) })),
    classes: 10,
  });
}

function optionsOf(settings: Settings): readonly Option[] {
  return Object.entries(settings).map(([name, { usual, about }]) => ({ name, usual, about }));
}
