/**
 * TensorBoard's protocol buffers, written only. The numbers are those of `tensorflow/core/util/event.proto` and
 * `tensorflow/core/framework/{summary,histogram}.proto`, https://github.com/tensorflow/tensorflow.
 */
import { PbfWriter } from 'pbf';
import type { Histogram } from './histogram';

/** A PNG as it stands in its file; `colours` as TensorFlow counts them: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
export type Image = { readonly height: number; readonly width: number; readonly colours: number; readonly png: Uint8Array };

export type Value = { readonly tag: string } & (
  | { readonly scalar: number }
  | { readonly image: Image }
  | { readonly histogram: Histogram }
);

export type Message = {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
} & (
  | { readonly what: 'version' }
  /** Readers forget what they have read of this step and all later ones. */
  | { readonly what: 'start' }
  | { readonly what: 'values'; readonly values: readonly Value[] }
);

export function encodeMessage(message: Message): Uint8Array {
  const writer = new PbfWriter();
  writer.writeDoubleField(1, message.wallTime);
  writer.writeVarintField(2, message.step);
  if (message.what === 'version') writer.writeStringField(3, 'brain.Event:2');
  else if (message.what === 'start') writer.writeMessage(7, (_, log) => log.writeVarintField(1, 1), undefined);
  else writer.writeMessage(5, writeSummary, message.values);
  return writer.finish();
}

function writeSummary(values: readonly Value[], writer: PbfWriter): void {
  for (const value of values) writer.writeMessage(1, writeValue, value);
}

function writeValue(value: Value, writer: PbfWriter): void {
  writer.writeStringField(1, value.tag);
  if ('scalar' in value) writer.writeFloatField(2, value.scalar);
  else if ('image' in value) writer.writeMessage(4, writeImage, value.image);
  else writer.writeMessage(5, writeHistogram, value.histogram);
}

function writeImage({ height, width, colours, png }: Image, writer: PbfWriter): void {
  writer.writeVarintField(1, height);
  writer.writeVarintField(2, width);
  writer.writeVarintField(3, colours);
  writer.writeBytesField(4, png);
}

function writeHistogram({ min, max, count, sum, sumOfSquares, limits, counts }: Histogram, writer: PbfWriter): void {
  for (const [i, value] of [min, max, count, sum, sumOfSquares].entries()) writer.writeDoubleField(i + 1, value);
  writer.writePackedDouble(6, [...limits]);
  writer.writePackedDouble(7, [...counts]);
}
