/** Who is who in the charts: colour, dash and shape as they are drawn there. */
import type { JSX } from 'preact';
import type { Series } from '../palette';

const outlines: Readonly<Record<Series['shape'], string>> = {
  circle: 'M14 8m-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0 -8.4 0',
  square: 'M10.2 4.2h7.6v7.6h-7.6z',
  'triangle-up': 'M14 3.4l4.6 8h-9.2z',
  diamond: 'M14 2.8l4.2 5.2l-4.2 5.2l-4.2 -5.2z',
  'triangle-down': 'M14 12.6l4.6 -8h-9.2z',
  cross: 'M12.4 3.6h3.2v2.8h2.8v3.2h-2.8v2.8h-3.2v-2.8h-2.8v-3.2h2.8z',
  'triangle-right': 'M18.6 8l-8 4.6v-9.2z',
  'triangle-left': 'M9.4 8l8 4.6v-9.2z',
};

export function Swatch({ colour, dash, shape }: Series): JSX.Element {
  return (
    <svg class="swatch" width="28" height="16" viewBox="0 0 28 16" aria-hidden="true">
      <path d="M0 8h28" fill="none" stroke={colour} stroke-width="2" stroke-dasharray={dash[1] === 0 ? undefined : dash.join(' ')} />
      <path d={outlines[shape]} fill={colour} />
    </svg>
  );
}

export function Legend({ series }: { readonly series: readonly Series[] }): JSX.Element {
  return (
    <ul class="legend">
      {series.map((each) => (
        <li key={each.key}>
          <Swatch {...each} /> {each.name}
        </li>
      ))}
    </ul>
  );
}
