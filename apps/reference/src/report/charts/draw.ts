/** A chart in the sizes that a page needs, none of which is shrunk until its letters cannot be read. */
import { type Mark, unmarked } from '../mark';
import { type Chart, renderChart } from './render-chart';

export type Drawn = {
  readonly chart: Chart;
  readonly sizes: readonly { readonly name: 'wide' | 'narrow' | 'panel'; readonly svg: string }[];
};

/** In CSS pixels: a text column, a phone of 360 less its margins, and half of the former. */
const widths = { wide: 720, narrow: 312, panel: 312 };

/** For a figure of its own. */
export async function draw(plain: Chart, mark: Mark = unmarked): Promise<Drawn> {
  const chart = marked(plain, mark);
  return {
    chart,
    sizes: [
      { name: 'wide', svg: await renderChart(chart, widths.wide) },
      { name: 'narrow', svg: await renderChart(chart, widths.narrow) },
    ],
  };
}

/** For one of several small ones beside each other. */
export async function drawPanel(plain: Chart, mark: Mark = unmarked): Promise<Drawn> {
  const chart = marked(plain, mark);
  return { chart, sizes: [{ name: 'panel', svg: await renderChart(chart, widths.panel) }] };
}

const marked = (chart: Chart, { id, words }: Mark): Chart => ({ ...chart, id: `${chart.id}${id}`, title: `${chart.title}${words}` });
