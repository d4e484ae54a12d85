import { describe, expect, it } from 'vitest';
import { ENERGY_STEP, PEAKS } from '../cases';
import type { BenchRecord, Result } from './record';
import { compactTable, longTable, markdown } from './tables';

/** All calls took this long. */
function took(milliseconds: number, calls = 3): Result {
  return { minimum: milliseconds, median: 2 * milliseconds, low: milliseconds, high: 3 * milliseconds, calls, shortest: [milliseconds] };
}

const contenders = [
  { id: 'registers-1', title: 'registers', role: 'machine', threads: 1, idleShare: 0 },
  { id: 'registers-2', title: 'registers twice', role: 'machine', threads: 2, idleShare: 0 },
  { id: 'stock', title: 'stock', role: 'other', threads: 1, idleShare: 0 },
  { id: 'ours-2', title: 'ours', role: 'ours', threads: 2, idleShare: 0 },
  { id: 'torch-2', title: 'PyTorch', role: 'torch', threads: 2, idleShare: 0 },
] as const;

/** 1e8 operations in 2 ms are 50 GFLOP/s; two threads that each do them in 2.5 ms give 80. */
const record: BenchRecord = {
  date: '2026-12-01T00:00:00.000Z',
  machine: { processor: 'Abacus', cores: 2, platform: 'wood' },
  node: '20.1.0',
  rounds: 1,
  whole: true,
  contenders,
  missing: [],
  cases: [
    { name: PEAKS[0]!.name, group: 'machine', operations: 1e8, results: { 'registers-1': took(2), 'registers-2': took(2.5) } },
    { name: PEAKS[1]!.name, group: 'machine', operations: 1e8, results: { 'registers-1': took(4), 'registers-2': took(5) } },
    {
      name: 'product',
      group: 'products',
      operations: 4e7,
      results: { stock: { unable: 'missing' }, 'ours-2': took(1), 'torch-2': { ...took(0.5), note: 'channels last' } },
    },
    { name: ENERGY_STEP.plain, group: 'networks', results: { stock: took(100, 1), 'ours-2': took(10) } },
    { name: ENERGY_STEP.energy, group: 'networks', results: { 'ours-2': took(75) } },
  ],
};

const rows = (name: string) => {
  const all = longTable(record).rows;
  const start = all.findIndex(([first]) => first === name);
  const next = all.findIndex(([first], index) => index > start && first !== '');
  return all.slice(start, next < 0 ? undefined : next);
};

describe('longTable', () => {
  it('gives speed, the share of the better peak on as many threads, and the ratio to PyTorch', () => {
    expect(rows('product')).toEqual([
      ['product', 'stock', 'missing', '', '', '', '', '', ''],
      ['', 'ours', '1.00', '2.00', '1.00 .. 3.00', '3', '40.0', '50 %', '2.00'],
      ['', 'PyTorch (channels last)', '0.500', '1.00', '0.500 .. 1.50', '3', '80.0', '100 %', ''],
    ]);
  });

  it('counts the work of every thread of the registers, and measures them by nothing', () => {
    expect(rows(PEAKS[0]!.name).map((cells) => cells.slice(6))).toEqual([
      ['50.0', '', ''],
      ['80.0', '', ''],
    ]);
  });

  it('shows no spread of a single call, and no speed where operations are not counted', () => {
    expect(rows(ENERGY_STEP.plain)[0]).toEqual([ENERGY_STEP.plain, 'stock', '100', '200', '', '1', '', '', '']);
  });

  it('ends with the ratio of an energy step to a plain one, of those who made both', () => {
    expect(rows('energy step over plain step')).toEqual([['energy step over plain step', 'ours', '7.50', '', '', '', '', '', '']]);
  });
});

describe('compactTable', () => {
  it('has a column for everyone who computes, and one for our ratio to PyTorch', () => {
    const { columns, rows } = compactTable(record);
    expect(columns[0]).toContain('Abacus, 2 cores, Node 20.1.0, 2026-12-01');
    expect(columns[0]).toContain(`registers twice 80.0 (${PEAKS[0]!.name}), 40.0 (${PEAKS[1]!.name}) GFLOP/s`);
    expect(columns.slice(1)).toEqual(['stock', 'ours', 'PyTorch', 'ours: times PyTorch']);
    expect(rows).toEqual([
      ['product', 'missing', '1.00 (2.00), 50 %', '0.500 (1.00), 100 %', '2.00'],
      [ENERGY_STEP.plain, '100', '10.0 (20.0)', '', ''],
      [ENERGY_STEP.energy, '', '75.0 (150)', '', ''],
      ['energy step over plain step', '', '7.50', '', ''],
    ]);
  });

  it('is the same whether it is made of a record or of its JSON', () => {
    expect(compactTable(JSON.parse(JSON.stringify(record)) as BenchRecord)).toEqual(compactTable(record));
  });
});

describe('markdown', () => {
  it('writes a head, a rule and the rows', () => {
    expect(markdown({ columns: ['a', 'b'], rows: [['1', '2']] })).toBe('| a | b |\n| --- | --- |\n| 1 | 2 |');
  });
});
