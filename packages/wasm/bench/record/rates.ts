/** What the times of a record mean: speed, share of the machine's peak, ratio to PyTorch. Undefined where there is nothing to say. */
import { ENERGY_STEP, PEAKS } from '../cases';
import { type BenchRecord, type RecordedCase, type RecordedContender, timesIn } from './record';

const peakNames: readonly string[] = PEAKS.map(({ name }) => name);

export function isPeak({ name }: Pick<RecordedCase, 'name'>): boolean {
  return peakNames.includes(name);
}

/** GFLOP/s of the shortest call. Each thread of the registers does the whole work; the others share it. */
export function rateOf(record: BenchRecord, one: RecordedCase, { id, role, threads }: RecordedContender): number | undefined {
  const times = timesIn(record, one.name, id);
  if (!times || one.operations === undefined) return undefined;
  return (one.operations * (role === 'machine' ? threads : 1)) / times.minimum / 1e6;
}

/** Of the better build's peak on as many threads. */
export function shareOfPeak(record: BenchRecord, one: RecordedCase, contender: RecordedContender): number | undefined {
  const rate = rateOf(record, one, contender);
  const registers = record.contenders.find(({ role, threads }) => role === 'machine' && threads === contender.threads);
  if (rate === undefined || !registers || contender === registers) return undefined;
  const peaks = record.cases.filter(isPeak).flatMap((peak) => rateOf(record, peak, registers) ?? []);
  return peaks.length === 0 ? undefined : rate / Math.max(...peaks);
}

/** Its shortest call over that of PyTorch on as many threads. */
export function ratioToTorch(record: BenchRecord, one: RecordedCase, contender: RecordedContender): number | undefined {
  const torch = record.contenders.find(({ role, threads }) => role === 'torch' && threads === contender.threads);
  if (!torch || contender === torch) return undefined;
  const [times, reference] = [timesIn(record, one.name, contender.id), timesIn(record, one.name, torch.id)];
  return times && reference && times.minimum / reference.minimum;
}

/** By count of gradients an energy step is eight plain ones: what it is by the clock. */
export function energyRatio(record: BenchRecord, { id }: RecordedContender): number | undefined {
  const [plain, energy] = [timesIn(record, ENERGY_STEP.plain, id), timesIn(record, ENERGY_STEP.energy, id)];
  return plain && energy && energy.minimum / plain.minimum;
}
