/** A chart as SVG text: compiled by Vega-Lite, drawn by Vega, without a canvas and without a browser. */
import { parse, View, Warn } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

export type Chart = {
  /** Unique on the page. */
  readonly id: string;
  /** What it shows, in a few words. */
  readonly title: string;
  /** What one sees in it, in a sentence or two, for those who do not see it. */
  readonly description: string;
  /** At a given width: all else should stay readable. */
  readonly spec: (width: number) => object;
};

/** Of text and lines that are not data; the style sheet has their values. */
const config = {
  background: null,
  aria: false,
  // The page sets the fonts of all charts; without a canvas Vega only estimates widths, so nothing here depends on them.
  font: 'system-ui, sans-serif',
  padding: { left: 2, right: 8, top: 6, bottom: 2 },
  view: { stroke: null },
  axis: {
    labelColor: 'var(--muted)',
    titleColor: 'var(--muted)',
    gridColor: 'var(--line)',
    domainColor: 'var(--strong-line)',
    tickColor: 'var(--strong-line)',
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 400,
    titlePadding: 8,
    labelPadding: 5,
    tickSize: 4,
  },
  axisX: { grid: false },
  axisY: { domain: false, ticks: false },
  legend: { disable: true },
} as const;

export async function renderChart(chart: Chart, width: number): Promise<string> {
  const spec = { autosize: { type: 'fit', contains: 'padding' }, config, ...chart.spec(width) } as unknown as TopLevelSpec;
  const view = new View(parse(compile(spec).spec), { renderer: 'none', logLevel: Warn });
  try {
    return tidy(await view.toSVG(), `${chart.id}-${width}`, chart);
  } finally {
    view.finalize();
  }
}

/**
 * Without what only an interactive page needs; with a name and a description. Identifiers are made unique on the page, and
 * the same for the same chart: Vega counts them up through the life of the process.
 */
function tidy(svg: string, id: string, { title, description }: Chart): string {
  const ids = [...new Set([...svg.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]!))];
  const named = svg.replaceAll(/<[a-z][^>]*>/gi, (tag) =>
    tag
      .replaceAll(/ (?:role|class|pointer-events|xmlns:xlink|aria-[a-z]+)="[^"]*"/g, '')
      .replaceAll(/ (?:opacity="1"|stroke-dasharray="1,0")/g, '')
      .replaceAll(/(\.\d\d)\d+/g, '$1')
      .replace(/ id="([^"]+)"/, (_, old: string) => ` id="${id}-${ids.indexOf(old)}"`)
      .replaceAll(/url\(#([^)]+)\)/g, (_, old: string) => `url(#${id}-${ids.indexOf(old)})`),
  );
  const lean = named.replaceAll(/<path(?: d="[^"]*"| display="none"| aria-hidden="true")*\/>/g, (path) =>
    path.includes('fill') || path.includes('stroke') ? path : '',
  );
  return lean.replace(
    /^<svg[^>]*?( width="[^"]*" height="[^"]*" viewBox="[^"]*")>/,
    (_, size: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="${id}-title ${id}-description"${size}>` +
      `<title id="${id}-title">${escaped(title)}</title><desc id="${id}-description">${escaped(description)}</desc>`,
  );
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
