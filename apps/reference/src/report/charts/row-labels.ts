/**
 * What a row is called, above its marks and over the grid: a halo in the colour of the page keeps the lines out of the letters.
 * Clipped, since Vega takes a label for wider than it is and would shrink the plot to make room.
 */
export function rowLabels(text: object, encoding: object, filter: string): readonly object[] {
  const mark = { type: 'text', align: 'left', baseline: 'middle', dy: -12, fontSize: 13, clip: true };
  return [{ stroke: 'var(--page)', strokeWidth: 5 }, { fill: 'var(--ink)' }].map((look) => ({
    transform: [{ filter }],
    mark: { ...mark, ...look },
    encoding: { ...encoding, text },
  }));
}
