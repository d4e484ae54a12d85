/** A chart, what to see in it, and its numbers as a table. */
import type { ComponentChildren, JSX } from 'preact';
import type { Drawn } from '../charts/draw';
import { DataTable, type DataTableProps } from './data-table';

export interface ChartFigureProps {
  readonly drawn: Drawn;
  /** Above the chart. */
  readonly heading?: ComponentChildren;
  /** Left out where the same numbers stand in a table right below. */
  readonly numbers?: Pick<DataTableProps, 'columns' | 'rows'>;
  readonly children?: ComponentChildren;
}

export function ChartFigure({ drawn, heading, numbers, children }: ChartFigureProps): JSX.Element {
  const { chart, sizes } = drawn;
  return (
    <figure class="chart">
      {heading === undefined && children === undefined ? null : (
        <figcaption>
          {heading}
          {children}
        </figcaption>
      )}
      {sizes.map(({ name, svg }) => (
        // Vega's own markup, in which it has escaped every text.
        <div key={name} class={`size-${name}`} dangerouslySetInnerHTML={{ __html: svg }} />
      ))}
      {numbers === undefined ? null : (
        <details>
          <summary>
            Numbers<span class="hidden">: {chart.title}</span>
          </summary>
          <DataTable id={`${chart.id}-numbers`} caption={chart.title} quiet {...numbers} />
        </details>
      )}
    </figure>
  );
}
