/** How a chart tells its series apart: the same in all charts, and as the legends show it. */
import type { Series } from '../palette';

type Channel = { readonly field: 'series'; readonly type: 'nominal'; readonly legend: null; readonly scale: object };

function channel(series: readonly Series[], range: readonly unknown[]): Channel {
  return { field: 'series', type: 'nominal', legend: null, scale: { domain: series.map(({ key }) => key), range } };
}

export function colourOf(series: readonly Series[]): Channel {
  return channel(
    series,
    series.map(({ colour }) => colour),
  );
}

export function dashOf(series: readonly Series[]): Channel {
  return channel(
    series,
    series.map(({ dash }) => dash),
  );
}

export function shapeOf(series: readonly Series[]): Channel {
  return channel(
    series,
    series.map(({ shape }) => shape),
  );
}
