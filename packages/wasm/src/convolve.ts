/**
 * A convolution with a filter on the compiled kernels, the plain way or with fewer multiplications (assembly/minimal-filtering.ts). Which
 * way an image goes depends on the shapes, the filter and the image alone, so its result is the same, bit for bit, in every batch.
 */
import type { Team } from './module/team';

/** All addresses are bytes; the names are those of assembly/convolution.ts. */
export interface Convolution {
  readonly images: number;
  readonly input: number;
  readonly rows: number;
  readonly inputColumns: number;
  readonly channels: number;
  readonly top: number;
  readonly left: number;
  readonly outputRows: number;
  readonly outputColumns: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly height: number;
  readonly width: number;
  /** Where the filter lies, and whether it is that of an input gradient: both axes reversed, its channels exchanged. */
  readonly filter: number;
  readonly turned: boolean;
  readonly columns: number;
}

export interface ConvolutionOutput {
  readonly output: number;
  readonly bias: number;
  readonly activation: number;
  readonly slope: number;
}

/** Bytes for the scratch of a call: what all threads share, then an area for each thread. */
interface Plan {
  /** 6 or 8 points; 0: plain sums for all images. */
  readonly points: number;
  readonly packed: number;
  readonly minimalPacked: number;
  readonly thread: number;
}

/** Fewer channels than these would cost more to transform than they save. */
const LEAST_CHANNELS = 8;
const LEAST_COLUMNS = 16;

/** The points that a convolution is worth, from its shapes: see minimalPoints of assembly/minimal-filtering.ts. */
export function pointsFor(
  team: Team,
  shape: Pick<Convolution, 'channels' | 'columns' | 'strideWidth' | 'outputColumns' | 'width'>,
): number {
  const { channels, columns, strideWidth, outputColumns, width } = shape;
  if (strideWidth !== 1 || channels < LEAST_CHANNELS || columns < LEAST_COLUMNS) return 0;
  return team.functions.minimalPoints(outputColumns, width);
}

/** The scratch that `convolve` needs. Take it before the output is made: it may grow the heap. */
export function takeScratch(team: Team, convolution: Convolution): { readonly address: number; readonly plan: Plan } {
  const { height, width, channels, columns, filter, outputColumns, strideWidth, strideHeight } = convolution;
  const { functions } = team;
  const taps = height * width * channels;
  const suits = pointsFor(team, convolution);
  const points = suits > 0 && functions.allModerate(filter, taps * columns) ? suits : 0;
  const bandRow = 4 * height * ((outputColumns - 1) * strideWidth + width) * channels;
  const plan = {
    points,
    packed: functions.packedFilterBytes(taps, columns),
    minimalPacked: points ? functions.packedMinimalFilterBytes(points, height, channels, columns) : 0,
    thread: Math.max(
      functions.convolutionScratch(bandRow),
      points ? functions.minimalScratch(points, outputColumns, strideHeight, height, width, channels, columns) : 0,
    ),
  };
  const aligned = { ...plan, packed: align(plan.packed), minimalPacked: align(plan.minimalPacked), thread: align(plan.thread) };
  return { address: team.scratch.take(aligned.packed + aligned.minimalPacked + aligned.thread * team.threads), plan: aligned };
}

function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

export function convolve(
  team: Team,
  convolution: Convolution,
  scratch: { readonly address: number; readonly plan: Plan },
  output: ConvolutionOutput,
): void {
  const { images, input, rows, inputColumns, channels } = convolution;
  const { points } = scratch.plan;
  if (!points) {
    plainly(team, convolution, scratch, output, 0, images);
    return;
  }
  // What is not moderate in one image must not decide how others are summed.
  const size = rows * inputColumns * channels;
  const moderate = (image: number): boolean => team.functions.allModerate(input + 4 * image * size, size) !== 0;
  for (let from = 0; from < images; ) {
    const way = moderate(from);
    let to = from + 1;
    while (to < images && moderate(to) === way) to++;
    (way ? minimally : plainly)(team, convolution, scratch, output, from, to);
    from = to;
  }
}

type Way = (
  team: Team,
  convolution: Convolution,
  scratch: { readonly address: number; readonly plan: Plan },
  output: ConvolutionOutput,
  fromImage: number,
  toImage: number,
) => void;

const plainly: Way = (team, convolution, { address, plan }, { output, bias, activation, slope }, fromImage, toImage) => {
  const { height, width, channels, columns, filter, turned, outputRows, outputColumns, strideHeight, strideWidth } = convolution;
  if (turned) team.functions.packTurnedFilter(filter, width, columns, channels, 0, 1, height, 0, 1, width, address);
  else team.functions.packFilter(filter, height * width * channels, columns, address);
  const windows = [...inputsFrom(convolution, fromImage), outputRows, outputColumns, strideHeight, strideWidth, height, width];
  const target = output + 4 * fromImage * outputRows * outputColumns * columns;
  const place = [target, outputRows, outputColumns, 0, 1, 0, 1];
  const areas = address + plan.packed + plan.minimalPacked;
  const images = toImage - fromImage;
  team.run('convolve', images * outputRows, grainOf(team, convolution, images), (from, to, thread) => [
    ...[from, to, ...windows, address, columns, ...place, bias, activation, slope, areas + thread * plan.thread],
  ]);
};

const minimally: Way = (team, convolution, { address, plan }, { output, bias, activation, slope }, fromImage, toImage) => {
  const { height, width, channels, columns, filter, turned, outputRows, outputColumns, strideHeight } = convolution;
  const packed = address + plan.packed;
  team.functions.packMinimalFilter(plan.points, filter, height, width, channels, columns, Number(turned), packed);
  const windows = [...inputsFrom(convolution, fromImage), outputRows, outputColumns, strideHeight, height, width, packed, columns];
  const target = output + 4 * fromImage * outputRows * outputColumns * columns;
  const areas = packed + plan.minimalPacked;
  const images = toImage - fromImage;
  team.run('convolveMinimally', images * outputRows, grainOf(team, convolution, images), (from, to, thread) => [
    ...[plan.points, from, to, ...windows, target, bias, activation, slope, areas + thread * plan.thread],
  ]);
};

function inputsFrom({ input, rows, inputColumns, channels, top, left }: Convolution, image: number): readonly number[] {
  return [input + 4 * image * rows * inputColumns * channels, rows, inputColumns, channels, top, left];
}

/** Threads take whole images where there are enough of them. */
function grainOf(team: Team, { outputRows }: Convolution, images: number): number {
  return images >= team.threads ? outputRows : 1;
}
