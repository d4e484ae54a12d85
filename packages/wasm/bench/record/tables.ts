/** The tables that are made of a record: a long one for whoever ran it, a compact one for the README. */
import { energyRatio, isPeak, rateOf, ratioToTorch, shareOfPeak } from './rates';
import type { BenchRecord, RecordedCase, RecordedContender } from './record';

export type Table = { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };

const ENERGY_ROW = 'energy step over plain step';

/** A row for every case and contender. */
export function longTable(record: BenchRecord): Table {
  return {
    columns: ['Case', 'Contender', 'Minimum, ms', 'Median', '10 .. 90 %', 'Calls', 'GFLOP/s', 'Of the peak', 'Over PyTorch'],
    rows: [...record.cases.flatMap((one) => longRows(record, one)), ...energyRows(record)],
  };
}

function longRows(record: BenchRecord, one: RecordedCase): string[][] {
  const present = record.contenders.filter(({ id }) => id in one.results);
  return present.map((contender, index) => {
    const first = index === 0 ? one.name : '';
    const result = one.results[contender.id]!;
    if ('unable' in result) return [first, contender.title, result.unable, '', '', '', '', '', ''];
    const { minimum, median, low, high, calls, note } = result;
    return [
      first,
      note === undefined ? contender.title : `${contender.title} (${note})`,
      digits(minimum),
      digits(median),
      calls === 1 ? '' : `${digits(low)} .. ${digits(high)}`,
      String(calls),
      digits(rateOf(record, one, contender)),
      percent(shareOfPeak(record, one, contender)),
      ratio(ratioToTorch(record, one, contender)),
    ];
  });
}

function energyRows(record: BenchRecord): string[][] {
  return record.contenders.flatMap((contender) => {
    const cell = ratio(energyRatio(record, contender));
    return cell === '' ? [] : [[ENERGY_ROW, contender.title, cell, '', '', '', '', '', '']];
  });
}

/** A row for every case, a column for every contender. The head says what was measured, and where. */
export function compactTable(record: BenchRecord): Table {
  const computing = record.contenders.filter(({ role }) => role !== 'machine');
  const compared = computing.filter(({ role }) => role === 'ours');
  return {
    columns: [headOf(record), ...computing.map(({ title }) => title), ...compared.map(({ title }) => `${title}: times PyTorch`)],
    rows: [
      ...record.cases
        .filter((one) => !isPeak(one))
        .map((one) => [
          one.name,
          ...computing.map((contender) => compactCell(record, one, contender)),
          ...compared.map((contender) => ratio(ratioToTorch(record, one, contender))),
        ]),
      [ENERGY_ROW, ...computing.map((contender) => ratio(energyRatio(record, contender))), ...compared.map(() => '')],
    ],
  };
}

function headOf(record: BenchRecord): string {
  const { processor, cores } = record.machine;
  const peaks = record.contenders
    .filter(({ role }) => role === 'machine')
    .map((contender) => {
      const rates = record.cases.filter(isPeak).map((one) => `${digits(rateOf(record, one, contender))} (${one.name})`);
      return `${contender.title} ${rates.join(', ')} GFLOP/s`;
    });
  const where = `${processor}, ${cores} cores, Node ${record.node}, ${record.date.slice(0, 10)}`;
  return `Milliseconds: minimum (median), share of the 128-bit peak. ${[where, ...peaks].join('; ')}`;
}

function compactCell(record: BenchRecord, one: RecordedCase, contender: RecordedContender): string {
  const result = one.results[contender.id];
  if (result === undefined) return '';
  if ('unable' in result) return result.unable;
  const { minimum, median, calls } = result;
  const times = calls === 1 ? digits(minimum) : `${digits(minimum)} (${digits(median)})`;
  return [times, percent(shareOfPeak(record, one, contender))].filter((part) => part !== '').join(', ');
}

export function markdown({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Three of them. */
function digits(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${(100 * share).toFixed(0)} %`;
}

function ratio(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(value < 10 ? 2 : 0);
}
