/** A table that scrolls within itself where the page is narrow, by keyboard too. */
import type { ComponentChildren, JSX } from 'preact';

export type Column = { readonly head: ComponentChildren; readonly numeric?: boolean };

export interface DataTableProps {
  readonly id: string;
  /** Names the table; shown above it. */
  readonly caption: ComponentChildren;
  /** The first heads the rows. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly ComponentChildren[])[];
  readonly quiet?: boolean;
}

export function DataTable({ id, caption, columns, rows, quiet = false }: DataTableProps): JSX.Element {
  const align = (index: number): string | undefined => (columns[index]?.numeric ? 'number' : undefined);
  return (
    // A region that scrolls must take the focus, or the arrow keys cannot reach it (axe: scrollable-region-focusable).
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section class="scroll" tabIndex={0} aria-labelledby={`${id}-caption`}>
      <table class={quiet ? 'quiet' : undefined}>
        <caption id={`${id}-caption`}>
          <span>{caption}</span>
        </caption>
        <thead>
          <tr>
            {columns.map(({ head }, index) => (
              <th key={index} scope="col" class={align(index)}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...others], index) => (
            <tr key={index}>
              <th scope="row">{first}</th>
              {others.map((cell, column) => (
                <td key={column} class={align(column + 1)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
