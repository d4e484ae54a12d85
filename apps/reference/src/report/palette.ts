/**
 * How defences are told apart: by colour, by dash and by shape, each of which is enough on its own. Colours are CSS
 * variables, so that the same picture serves light and dark; their values are in the style sheet.
 */

/** At least 3:1 against the page, in both themes (WCAG 2.2, 1.4.11); a test computes it. */
export const seriesColours: readonly { readonly light: string; readonly dark: string }[] = [
  { light: '#55606e', dark: '#aab4c0' },
  { light: '#c2410c', dark: '#ff9160' },
  { light: '#0b69a8', dark: '#5db3ec' },
  { light: '#00795c', dark: '#3ecfa3' },
  { light: '#a23b84', dark: '#ec93cb' },
  { light: '#8a6100', dark: '#e0b040' },
  { light: '#5b4bc4', dark: '#a99cff' },
  { light: '#9b1c31', dark: '#ff7a8a' },
];

const dashes: readonly (readonly number[])[] = [
  [1, 0],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [4, 2],
  [12, 4],
  [2, 4],
  [6, 2, 2, 2, 2, 2],
];
const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'triangle-down', 'cross', 'triangle-right', 'triangle-left'] as const;

export type Series = {
  /** What the charts call it: names of defences may hold anything. */
  readonly key: string;
  readonly name: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly shape: (typeof shapes)[number];
};

/** More than eight share colours, in other dashes and shapes. */
export function seriesOf(names: readonly string[]): readonly Series[] {
  const count = seriesColours.length;
  return names.map((name, index) => {
    const variant = (index + Math.floor(index / count)) % count;
    return { key: `s${index}`, name, colour: `var(--series-${index % count})`, dash: dashes[variant]!, shape: shapes[variant]! };
  });
}
