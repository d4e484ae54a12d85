/**
 * The style sheet of the page, and where its colours are said: as variables, which the charts use too. The system decides
 * between light and dark, or the reader by the switch; paper is always light.
 */
import { seriesColours } from './palette';

type Theme = { readonly [variable: string]: string };

const light: Theme = {
  page: '#fbfaf7',
  raised: '#ffffff',
  ink: '#1c1f23',
  muted: '#5a616b',
  line: '#e6e3dc',
  'strong-line': '#8d9097',
  accent: '#0f5c66',
  good: '#1d6b3a',
  bad: '#a32018',
};

const dark: Theme = {
  page: '#15171a',
  raised: '#1d2024',
  ink: '#e9e7e2',
  muted: '#a3a9b2',
  line: '#2d3137',
  'strong-line': '#757b85',
  accent: '#7ccfd8',
  good: '#7fd19b',
  bad: '#ff9c90',
};

export const themes: { readonly light: Theme; readonly dark: Theme } = {
  light: { ...light, ...Object.fromEntries(seriesColours.map((colour, i) => [`series-${i}`, colour.light])) },
  dark: { ...dark, ...Object.fromEntries(seriesColours.map((colour, i) => [`series-${i}`, colour.dark])) },
};

const variables = (theme: Theme): string =>
  Object.entries(theme)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(' ');

const both = Object.keys(themes.light)
  .map((name) => `--${name}: light-dark(${themes.light[name]}, ${themes.dark[name]});`)
  .join(' ');

/** Browsers without `light-dark()` follow the system and show no switch. */
const colours = `
:root { color-scheme: light dark; ${variables(themes.light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(themes.dark)} } }
.theme { display: none; }
@supports (color: light-dark(red, red)) {
  :root { ${both} }
  :root:has(#theme-light:checked) { color-scheme: light; }
  :root:has(#theme-dark:checked) { color-scheme: dark; }
  .theme { display: flex; }
}`;

const text = `
* { box-sizing: border-box; }
html { font: 17px/1.6 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; background: var(--page); color: var(--ink); text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; }
h1, h2 { font-family: 'Iowan Old Style', 'Palatino Linotype', Palatino, 'URW Palladio L', P052, Georgia, serif; font-weight: 500; line-height: 1.15; letter-spacing: -0.012em; text-wrap: balance; }
h1 { font-size: clamp(2rem, 1.3rem + 3.2vw, 3.3rem); margin: 0 0 1.4rem; max-width: 19em; }
h2 { font-size: 1.75rem; margin: 0 0 0.9rem; }
h3 { font-size: 1.06rem; line-height: 1.35; margin: 2.4rem 0 0.5rem; }
h4 { font-size: 0.95rem; margin: 0; }
p, ul, ol { max-width: 40rem; margin: 0 0 1.1rem; text-wrap: pretty; }
a { color: var(--accent); text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
table, .legend, dd, .card-title, .triple { font-variant-numeric: tabular-nums lining-nums; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -6rem; background: var(--raised); padding: 0.6rem 1rem; z-index: 2; }
.skip:focus { top: 0.6rem; }
.kicker { color: var(--accent); font-size: 0.88rem; letter-spacing: 0.04em; margin-bottom: 1.1rem; }
.lede { font-size: 1.16rem; line-height: 1.55; max-width: 37rem; margin-bottom: 2rem; }
.note, .marks, .tally { color: var(--muted); font-size: 0.92rem; }
.tally { color: var(--ink); font-weight: 600; }`;

const layout = `
.page { margin: 0 auto; padding: 1.2rem 1.5rem 5rem; max-width: 80rem; }
.bar { display: flex; justify-content: space-between; align-items: center; flex-wrap: wrap; gap: 0.4rem 1rem; min-height: 2.2rem; font-size: 0.88rem; color: var(--muted); }
.bar p { margin: 0; overflow-wrap: anywhere; }
.theme { border: 0; margin: 0; padding: 0; gap: 0.2rem; }
.theme legend { float: left; padding: 0; margin-right: 0.5rem; line-height: 2rem; }
.theme label { position: relative; display: block; cursor: pointer; }
.theme input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; }
.theme span { display: block; padding: 0 0.6rem; line-height: 2rem; border-radius: 1rem; }
.theme input:checked + span { background: var(--ink); color: var(--page); }
.theme input:focus-visible + span { outline: 3px solid var(--accent); outline-offset: 2px; }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.1rem 1.2rem; font-size: 0.92rem; }
nav a { color: var(--muted); text-decoration: none; display: inline-block; padding: 0.2rem 0; }
nav a:hover { color: var(--ink); text-decoration: underline; }
nav { margin: 0.6rem 0 2.6rem; padding: 0.7rem 0; border: solid var(--line); border-width: 1px 0; }
main > * + * { margin-top: 4.5rem; }
.headline { margin-top: 0; }
aside { border-left: 3px solid var(--accent); padding-left: 1.3rem; margin-top: 2.4rem; }
aside h2 { font-size: 1.2rem; margin-bottom: 0.6rem; }
aside ul { padding-left: 1.1rem; margin: 0; }
aside li + li { margin-top: 0.45rem; }
.missing { border: 1px dashed var(--strong-line); border-radius: 6px; padding: 1rem 1.2rem; max-width: 42rem; margin: 1rem 0; }
.missing > :last-child { margin-bottom: 0; }
footer { margin-top: 5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--muted); font-size: 0.88rem; }
@media (min-width: 70rem) {
  .columns { display: grid; grid-template-columns: 11rem minmax(0, 56rem); gap: 4.5rem; }
  nav { position: sticky; top: 2rem; align-self: start; border: 0; margin: 4.2rem 0 0; padding: 0; }
  nav ul { display: block; }
  nav a { padding: 0.22rem 0; }
  main { padding-top: 2rem; }
}
@media (max-width: 34rem) {
  .page { padding-inline: 1.25rem; }
  html { font-size: 16px; }
  main > * + * { margin-top: 3.4rem; }
  .theme legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
}`;

const tables = `
.scroll { overflow-x: auto; margin: 1.4rem 0 1.8rem; max-width: 100%; }
.scroll:focus-visible { outline-offset: 1px; }
table { border-collapse: collapse; min-width: 100%; font-size: 0.92rem; line-height: 1.4; }
caption span { display: block; position: sticky; left: 0; width: fit-content; max-width: min(100%, calc(100vw - 2.5rem)); }
caption { text-align: left; color: var(--ink); font-weight: 600; padding-bottom: 0.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.55rem 1.4rem 0.55rem 0; border-top: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0.2rem; }
thead th { border-top: 0; border-bottom: 1px solid var(--strong-line); color: var(--muted); font-weight: 500; vertical-align: bottom; }
tbody tr:first-child > * { border-top: 0; }
tbody th { font-weight: 600; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
.value { font-weight: 600; font-size: 1.06rem; }
.interval { display: block; color: var(--muted); font-size: 0.84rem; }
.small { display: block; color: var(--muted); font-size: 0.76rem; }
thead th { min-width: 5.4rem; }
th .options { display: block; font-size: 0.82rem; font-weight: 400; }
.quiet { font-size: 0.86rem; }
.quiet tbody th { font-weight: 500; }
.quiet th, .quiet td { padding-block: 0.35rem; }
.badge { display: inline-block; white-space: nowrap; border: 1px solid currentcolor; border-radius: 1rem; padding: 0 0.6rem; font-size: 0.84rem; line-height: 1.5rem; font-weight: 600; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.open { color: var(--muted); border-style: dashed; }`;

const pictures = `
figure { margin: 0; }
.chart { margin: 1.6rem 0 1.8rem; max-width: 720px; }
.chart > div > svg { display: block; max-width: 100%; height: auto; }
.chart > .size-panel > svg { width: 100%; }
.chart text { font-family: inherit; font-variant-numeric: tabular-nums; }
.size-narrow { display: none; }
@media (max-width: 42rem) { .size-wide { display: none; } .size-narrow { display: block; } .size-narrow > svg { width: 100%; max-width: 24rem; } }
details { margin-top: 0.5rem; font-size: 0.92rem; }
summary { color: var(--muted); cursor: pointer; width: fit-content; padding: 0.15rem 0; }
details .scroll { margin: 0.6rem 0 0; }
.seed { margin-top: 1.2rem; font-size: inherit; border-top: 1px solid var(--line); padding-top: 0.6rem; }
.seed > summary { color: var(--ink); font-weight: 600; margin-bottom: 0.6rem; }
.seed .scroll { margin: 1.2rem 0 1.6rem; }
.seed[open] { padding-bottom: 1rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1.5rem; padding: 0; margin: 0 0 0.6rem; font-size: 0.92rem; }
.legend li { display: flex; align-items: center; gap: 0.5rem; }
.swatch { flex: none; vertical-align: -2px; }
.marks { margin-bottom: 0.8rem; }
.mark-worst { color: var(--accent); }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16.5rem), 1fr)); gap: 2.2rem 1.8rem; margin: 1.4rem 0; align-items: start; }
.panels .chart { margin: 0; }
.panels h3 { margin: 0 0 0.4rem; font-size: 0.95rem; }
.meaning { display: block; font-weight: 400; color: var(--muted); font-size: 0.86rem; }
.panels h4 { margin-bottom: 0.4rem; }
.gallery ul { list-style: none; padding: 0; margin: 0; max-width: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16.5rem), 1fr)); gap: 1.8rem; }
.card-title { margin: 0 0 0.5rem; font-size: 0.92rem; display: flex; justify-content: space-between; gap: 0.5rem; max-width: 17.5rem; }
.triple { display: flex; gap: 0.6rem; font-size: 0.86rem; }
.triple img, .no-image { display: block; width: 84px; height: 84px; image-rendering: pixelated; border: 1px solid var(--line); border-radius: 4px; }
.triple figcaption { margin-top: 0.25rem; color: var(--muted); white-space: nowrap; }
.triple strong { color: var(--ink); }
.no-image { display: grid; place-items: center; text-align: center; color: var(--muted); border-style: dashed; }
.command { overflow-x: auto; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: 0.8rem 1rem; font: 0.88rem/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; margin: 0 0 1.2rem; max-width: 56rem; }
.command pre { margin: 0; }
.command pre, .command code { font: inherit; }
.command code { user-select: all; }
dl { margin: 0; max-width: 48rem; font-size: 0.92rem; }
dl > div { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: 0 1.2rem; padding: 0.35rem 0; border-top: 1px solid var(--line); }
dl > div:first-child { border-top: 0; }
dt { color: var(--muted); overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 34rem) { dl > div { grid-template-columns: 1fr; } }`;

const paper = `
@page { size: A4; margin: 18mm 16mm; }
@media print {
  :root, :root:has(#theme-dark:checked) { color-scheme: light; ${variables(themes.light)} --page: #ffffff; --raised: #ffffff; }
  html { font-size: 10.5pt; }
  .page { padding: 0; max-width: none; }
  nav, .theme, .skip, details:not(.seed) { display: none; }
  .columns { display: block; }
  main { padding: 0; }
  main > * + * { margin-top: 2.2rem; }
  h1 { font-size: 24pt; }
  h2, h3, h4, caption { break-after: avoid; }
  figure, tr, li, .missing, aside, .card-title, .triple, dl > div { break-inside: avoid; }
  .size-wide { display: block; }
  .size-narrow { display: none; }
  .scroll { overflow: visible; }
  caption span { position: static; max-width: none; }
  table { font-size: 8.6pt; }
  th, td { padding-right: 0.7rem; }
  .value { font-size: 1em; }
  .command pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .panels, .gallery ul { grid-template-columns: repeat(2, 1fr); gap: 1rem 1.4rem; }
  a { color: inherit; text-decoration: none; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }`;

export const style: string = [colours, text, layout, tables, pictures, paper].join('\n').replaceAll(/\n\s*/g, '\n').trim();
