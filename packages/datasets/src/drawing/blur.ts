import { canvasSide } from './canvas';

/**
 * Blurs a canvas: every pixel gives `share` (0 .. 1/3) of itself to each neighbour along the rows, then along the columns, `times` over.
 * Beyond the rim lies more of what is at the rim.
 */
export function blur(canvas: Float64Array, share: number, times: number): void {
  for (let i = 0; i < times; i++) {
    for (let line = 0; line < canvasSide; line++) {
      for (let channel = 0; channel < 3; channel++) blurLine(canvas, 3 * canvasSide * line + channel, 3, share);
    }
    for (let line = 0; line < canvasSide; line++) {
      for (let channel = 0; channel < 3; channel++) blurLine(canvas, 3 * line + channel, 3 * canvasSide, share);
    }
  }
}

function blurLine(canvas: Float64Array, start: number, stride: number, share: number): void {
  let before = canvas[start]!;
  for (let i = 0; i < canvasSide; i++) {
    const at = start + i * stride;
    const own = canvas[at]!;
    const after = i === canvasSide - 1 ? own : canvas[at + stride]!;
    canvas[at] = own + share * (before + after - 2 * own);
    before = own;
  }
}
