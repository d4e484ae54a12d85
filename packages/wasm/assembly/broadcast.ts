/**
 * Pointwise operations on two operands, one of which may be repeated (a scalar, a row for all rows, a number for each row), and copies that
 * repeat or cut. The result is written front to back, as lines of `run` numbers. Where an operand begins a line is given by two strides;
 * along a line it begins anew after `period` numbers:
 *
 *     period = run    a b c d e f g h    it lies there whole
 *     period = 1      a a a a a a a a    one number: 64 bytes full of it are read again and again
 *     period = 3      a b c a b c a b    a short row: written out many times into scratch, so that the loop has long runs
 */
import { at } from './vector';

const COPY: i32 = 0;
const ADD: i32 = 1;
const SUBTRACT: i32 = 2;
const MULTIPLY: i32 = 3;
const DIVIDE: i32 = 4;
const MAXIMUM: i32 = 5;
const MINIMUM: i32 = 6;
const SQUARED_DIFFERENCE: i32 = 7;
/** From here on the result is a byte, 0 or 1. */
const GREATER: i32 = 8;
const GREATER_EQUAL: i32 = 9;
const LESS: i32 = 10;
const LESS_EQUAL: i32 = 11;
const EQUAL: i32 = 12;
const NOT_EQUAL: i32 = 13;
/** From here on the operands are bytes too. */
const AND: i32 = 14;
const OR: i32 = 15;
/** Neither of the two; of a mask and itself, its opposite. */
const NOR: i32 = 16;

/** Numbers that a piece of a long line has: what threads share out. */
const PIECE: i32 = 16384;
/** Bytes that one operand may take in scratch; a thread works in twice as many. */
const OPERAND_BYTES: usize = 4096;

/**
 * Pieces [`from`, `to`) of the result; a line has ceil(run / PIECE) of them, and a plane has `lines` lines. Strides are in numbers, `size`
 * and `resultSize` are the bytes of one (4 or 1).
 */
export function combine(
  operation: i32, from: i32, to: i32, lines: i32, run: i32, size: i32, resultSize: i32,
  a: usize, aPlane: i32, aLine: i32, aPeriod: i32, b: usize, bPlane: i32, bLine: i32, bPeriod: i32, output: usize, scratch: usize,
): void {
  const pieces = (run + PIECE - 1) / PIECE;
  let piece = from % pieces, line = from / pieces;
  let plane = line / lines;
  let lineOfPlane = line - plane * lines;
  let aPrepared: usize = 0, bPrepared: usize = 0;
  for (; from < to; from++) {
    const first = piece * PIECE, count = min(run - first, PIECE);
    const aStart = a + <usize>(aPlane * plane + aLine * lineOfPlane) * <usize>size;
    const bStart = b + <usize>(bPlane * plane + bLine * lineOfPlane) * <usize>size;
    const result = output + (<usize>line * <usize>run + <usize>first) * <usize>resultSize;
    if (aPeriod < run && aPrepared != aStart) {
      writeOut(aStart, aPeriod, run, size, scratch);
      aPrepared = aStart;
    }
    if (bPeriod < run && bPrepared != bStart) {
      writeOut(bStart, bPeriod, run, size, scratch + OPERAND_BYTES);
      bPrepared = bStart;
    }
    combinePiece(
      operation, first, count, run, size, resultSize, aPeriod < run ? scratch : aStart, aPeriod,
      bPeriod < run ? scratch + OPERAND_BYTES : bStart, bPeriod, result,
    );
    if (++piece == pieces) {
      piece = 0;
      line++;
      if (++lineOfPlane == lines) { lineOfPlane = 0; plane++; }
    }
  }
}

/** How many numbers of a repeated row are written out: whole rows, a multiple of 16 numbers, about 256. It has 63 numbers at most. */
function lengthWrittenOut(period: i32): i32 {
  return period * 16 * ((256 + period * 16 - 1) / (period * 16));
}

/** Writes a repeated operand out: one number 64 bytes long, a row as often as `lengthWrittenOut` says, or as the line needs it. */
export function writeOut(from: usize, period: i32, run: i32, size: i32, to: usize): void {
  if (period == 1) {
    const value = size == 4 ? v128.load32_splat(from) : v128.load8_splat(from);
    v128.store(to, value); v128.store(to, value, 16); v128.store(to, value, 32); v128.store(to, value, 48);
    return;
  }
  const bytes: i32 = period * size, whole: i32 = min(lengthWrittenOut(period), run) * size;
  for (let i = 0, source = 0; i < whole; i += size) {
    if (size == 4) store<i32>(to + <usize>i, load<i32>(from + <usize>source));
    else store<u8>(to + <usize>i, load<u8>(from + <usize>source));
    source += size;
    if (source == bytes) source = 0;
  }
}

/** Numbers [`first`, `first` + `count`) of a line, in runs as long as what is written out. */
export function combinePiece(
  operation: i32, first: i32, count: i32, run: i32, size: i32, resultSize: i32, a: usize, aPeriod: i32, b: usize, bPeriod: i32, result: usize,
): void {
  const aRepeats = aPeriod > 1 && aPeriod < run, bRepeats = bPeriod > 1 && bPeriod < run;
  const length = aRepeats ? lengthWrittenOut(aPeriod) : bRepeats ? lengthWrittenOut(bPeriod) : run;
  const aWhole = aPeriod == run, bWhole = bPeriod == run;
  const last = first + count;
  while (first < last) {
    const within = first % length;
    const part = min(length - within, last - first);
    // At a run of one number a period is both; it is read once either way.
    const aAt = a + (aWhole ? <usize>first : aRepeats ? <usize>within : 0) * <usize>size;
    const bAt = b + (bWhole ? <usize>first : bRepeats ? <usize>within : 0) * <usize>size;
    combineRun(operation, aAt, aPeriod == 1 && !aWhole ? 0 : -1, bAt, bPeriod == 1 && !bWhole ? 0 : -1, result, part, size);
    result += <usize>part * <usize>resultSize;
    first += part;
  }
}

/** `count` numbers. An operand whose `moves` is 0 instead of -1 stays where it is: at 64 bytes of one number. */
export function combineRun(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, result: usize, count: i32, size: i32): void {
  switch (operation) {
    case COPY: return copyRun(a, aMoves, result, count * size);
    case ADD: return floats(ADD, a, aMoves, b, bMoves, result, count);
    case SUBTRACT: return floats(SUBTRACT, a, aMoves, b, bMoves, result, count);
    case MULTIPLY: return floats(MULTIPLY, a, aMoves, b, bMoves, result, count);
    case DIVIDE: return floats(DIVIDE, a, aMoves, b, bMoves, result, count);
    case MAXIMUM: return floats(MAXIMUM, a, aMoves, b, bMoves, result, count);
    case MINIMUM: return floats(MINIMUM, a, aMoves, b, bMoves, result, count);
    case SQUARED_DIFFERENCE: return floats(SQUARED_DIFFERENCE, a, aMoves, b, bMoves, result, count);
    case GREATER: return comparisons(GREATER, a, aMoves, b, bMoves, result, count);
    case GREATER_EQUAL: return comparisons(GREATER_EQUAL, a, aMoves, b, bMoves, result, count);
    case LESS: return comparisons(LESS, a, aMoves, b, bMoves, result, count);
    case LESS_EQUAL: return comparisons(LESS_EQUAL, a, aMoves, b, bMoves, result, count);
    case EQUAL: return comparisons(EQUAL, a, aMoves, b, bMoves, result, count);
    case NOT_EQUAL: return comparisons(NOT_EQUAL, a, aMoves, b, bMoves, result, count);
    case AND: return masks(AND, a, aMoves, b, bMoves, result, count);
    case OR: return masks(OR, a, aMoves, b, bMoves, result, count);
    default: return masks(NOR, a, aMoves, b, bMoves, result, count);
  }
}

export function copyRun(from: usize, moves: i32, to: usize, bytes: i32): void {
  const step: usize = 16 & <usize>moves;
  for (; bytes >= 16; bytes -= 16) {
    v128.store(to, v128.load(from));
    from += step;
    to += 16;
  }
  for (; bytes > 0; bytes--) store<u8>(to++, load<u8>(from++));
}

// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function float(operation: i32, a: v128, b: v128): v128 {
  if (operation == ADD) return f32x4.add(a, b);
  if (operation == SUBTRACT) return f32x4.sub(a, b);
  if (operation == MULTIPLY) return f32x4.mul(a, b);
  if (operation == DIVIDE) return f32x4.div(a, b);
  // A NaN on either side stays, and -0 is less than 0, as in JavaScript.
  if (operation == MAXIMUM) return f32x4.max(a, b);
  if (operation == MINIMUM) return f32x4.min(a, b);
  const difference = f32x4.sub(a, b);
  return f32x4.mul(difference, difference);
}

// @ts-expect-error: see above
@inline
function floats(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, result: usize, count: i32): void {
  const aStep: usize = 16 & <usize>aMoves, bStep: usize = 16 & <usize>bMoves;
  for (; count >= 4; count -= 4) {
    v128.store(result, float(operation, v128.load(a), v128.load(b)));
    a += aStep;
    b += bStep;
    result += 16;
  }
  for (; count > 0; count--) {
    store<f32>(result, f32x4.extract_lane(float(operation, v128.load32_zero(a), v128.load32_zero(b)), 0));
    a += 4;
    b += 4;
    result += 4;
  }
}

// @ts-expect-error: see above
@inline
function comparison(operation: i32, a: v128, b: v128): v128 {
  if (operation == GREATER) return f32x4.gt(a, b);
  if (operation == GREATER_EQUAL) return f32x4.ge(a, b);
  if (operation == LESS) return f32x4.lt(a, b);
  if (operation == LESS_EQUAL) return f32x4.le(a, b);
  if (operation == EQUAL) return f32x4.eq(a, b);
  return f32x4.ne(a, b);
}

/** Sixteen numbers at a time: their answers, 32 bits of ones each, become sixteen bytes. */
// @ts-expect-error: see above
@inline
function comparisons(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, result: usize, count: i32): void {
  const aStep: usize = 64 & <usize>aMoves, bStep: usize = 64 & <usize>bMoves;
  for (; count >= 16; count -= 16) {
    const low = i16x8.narrow_i32x4_s(
      comparison(operation, v128.load(a), v128.load(b)), comparison(operation, v128.load(a, 16), v128.load(b, 16)));
    const high = i16x8.narrow_i32x4_s(
      comparison(operation, v128.load(a, 32), v128.load(b, 32)), comparison(operation, v128.load(a, 48), v128.load(b, 48)));
    v128.store(result, v128.and(i8x16.narrow_i16x8_s(low, high), i8x16.splat(1)));
    a += aStep;
    b += bStep;
    result += 16;
  }
  for (; count > 0; count--) {
    store<u8>(result++, <u8>(i32x4.extract_lane(comparison(operation, v128.load32_zero(a), v128.load32_zero(b)), 0) & 1));
    a += 4;
    b += 4;
  }
}

/** Masks of bytes; everything but 0 counts as true. */
// @ts-expect-error: see above
@inline
function mask(operation: i32, a: v128, b: v128): v128 {
  const zero = i8x16.splat(0);
  if (operation == AND) return v128.and(v128.and(i8x16.ne(a, zero), i8x16.ne(b, zero)), i8x16.splat(1));
  const either = v128.or(a, b);
  return v128.and(operation == OR ? i8x16.ne(either, zero) : i8x16.eq(either, zero), i8x16.splat(1));
}

// @ts-expect-error: see above
@inline
function masks(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, result: usize, count: i32): void {
  const aStep: usize = 16 & <usize>aMoves, bStep: usize = 16 & <usize>bMoves;
  for (; count >= 16; count -= 16) {
    v128.store(result, mask(operation, v128.load(a), v128.load(b)));
    a += aStep;
    b += bStep;
    result += 16;
  }
  for (; count > 0; count--) {
    store<u8>(result++, i8x16.extract_lane_u(mask(operation, v128.load8_splat(a++), v128.load8_splat(b++)), 0));
  }
}

/** Numbers [`from`, `to`), 4 bytes each: that of `yes` where the byte of `condition` is not 0, that of `no` elsewhere. */
export function choose(from: i32, to: i32, condition: usize, yes: usize, no: usize, output: usize): void {
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const bytes = v128.load32_zero(condition + <usize>i);
    const mask = i32x4.ne(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)), i32x4.splat(0));
    v128.store(at(output, i), v128.bitselect(v128.load(at(yes, i)), v128.load(at(no, i)), mask));
  }
  for (; i < to; i++) store<i32>(at(output, i), load<u8>(condition + <usize>i) ? load<i32>(at(yes, i)) : load<i32>(at(no, i)));
}

/**
 * Slices [`from`, `to`) of a gather, `bytes` bytes each, counted batch by batch, `outer` times `slots` in each: slot s of batch i takes
 * slice indices[i][s] of `length`.
 */
export function gather(
  from: i32, to: i32, x: usize, indices: usize, outer: i32, length: i32, slots: i32, bytes: i32, output: usize,
): void {
  for (; from < to; from++) {
    const block = from / slots, slot = from % slots;
    const index = load<i32>(at(indices, (block / outer) * slots + slot));
    copyRun(x + (<usize>block * <usize>length + <usize>index) * <usize>bytes, -1, output + <usize>from * <usize>bytes, bytes);
  }
}
