import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { canvasOf, imagePicture, perturbationPicture } from './picture';

/** Red, green and blue of every pixel. */
const decoded = (picture: Buffer): number[][] => {
  const { data } = PNG.sync.read(picture);
  return Array.from({ length: data.length / 4 }, (_, i) => [...data.subarray(4 * i, 4 * i + 3)]);
};

describe('pictures', () => {
  it('show grey as grey and colours as colours, eight bits a channel', () => {
    const grey = imagePicture(Float32Array.from([0, 0.5, 0.2, 1]), canvasOf([2, 2, 1]), [0, 1]);
    // Bytes 24 and 25 of a PNG: bit depth and colour type (0 grey, 2 red, green, blue).
    expect([grey[24], grey[25]]).toEqual([8, 0]);
    expect(decoded(grey)).toEqual([0, 128, 51, 255].map((level) => [level, level, level]));
    const colours = imagePicture(Float32Array.from([0, 0.2, 1, 0.4, 0.6, 0.8]), canvasOf([1, 2, 3]), [0, 1]);
    expect([colours[24], colours[25]]).toEqual([8, 2]);
    expect(decoded(colours)).toEqual([
      [0, 51, 255],
      [102, 153, 204],
    ]);
  });

  it('stretch the bounds of the model from black to white', () => {
    expect(decoded(imagePicture(Float32Array.from([-1, 0.6, 1]), canvasOf([3]), [-1, 1])).map(([level]) => level)).toEqual([0, 204, 255]);
  });

  it('show a perturbation about mid-grey, stretched to its own largest component, and none as grey', () => {
    const levels = (...delta: number[]): unknown[] =>
      decoded(perturbationPicture(Float32Array.from(delta), canvasOf([1, 4]))).map(([level]) => level);
    expect(levels(0, 0.3, -0.3, 0.15)).toEqual([128, 255, 1, 192]);
    expect(levels(0, 0.01, -0.02, 0.02)).toEqual([128, 192, 1, 255]);
    expect(levels(0, 0, 0, 0)).toEqual([128, 128, 128, 128]);
  });

  it('have height and width the right way round', () => {
    const { width, height } = PNG.sync.read(imagePicture(new Float32Array(6), canvasOf([3, 2, 1]), [0, 1]));
    expect([height, width]).toEqual([3, 2]);
    expect(() => canvasOf([2, 2, 4])).toThrow(
      'audit: expected `model.inputShape` to be that of an image of one or three channels, got [2, 2, 4].',
    );
  });
});
