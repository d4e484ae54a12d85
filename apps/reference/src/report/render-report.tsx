/** A report as one HTML file. The same input gives the same bytes. */

import type { JSX, VNode } from 'preact';
import { render } from 'preact-render-to-string';
import { defenceNames, type Results } from '../results';
import { showBudget } from '../show-budget';
import { version } from '../version';
import { integer, listed } from './format';
import { Page } from './page';
import type { FactsProps } from './parts/facts';
import type { ComparisonReportInput, ReportInput, RunReportInput, SideBySideReportInput } from './report-input';
import { runPage } from './run-page';
import { accuracySection } from './sections/accuracy';
import { budgetSection } from './sections/budget';
import { comparisonAccuracy, comparisonCost, comparisonDifferences, comparisonHeadline } from './sections/comparison';
import { costSection } from './sections/cost';
import { differencesSection } from './sections/differences';
import { findingsSection } from './sections/findings';
import { gallerySection } from './sections/gallery';
import { headline } from './sections/headline';
import { maskingSection } from './sections/masking';
import { pathSection } from './sections/path';
import { reproduceSection } from './sections/reproduce';
import { sideBySideAccuracy, sideBySideCost, sideBySideDifferences, sideBySideHeadline, sideBySideRuns } from './sections/side-by-side';
import { trainingSection } from './sections/training';

type Parts = {
  readonly title: string;
  readonly description: string;
  readonly head: JSX.Element;
  readonly sections: readonly JSX.Element[];
};

export async function renderReport(input: ReportInput): Promise<string> {
  const { title, description, head, sections } = await partsOf(input);
  const contents = sections.map(({ props }) => props as unknown as { readonly id: string; readonly title: string });
  const page = (
    <Page title={title} description={description} folder={input.folder} version={version} contents={contents}>
      {head}
      {sections}
    </Page>
  );
  return `<!DOCTYPE html>\n${unbroken(render(page as VNode))}\n`;
}

function partsOf(input: ReportInput): Promise<Parts> {
  if (input.kind === 'run') return runParts(input);
  return input.kind === 'comparison' ? comparisonParts(input) : sideBySideParts(input);
}

/** A per cent sign stays with its number at the end of a line; commands are quoted as they are. */
function unbroken(html: string): string {
  const parts = html.split(/(<pre[\s>][\s\S]*?<\/pre>)/);
  return parts.map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/(\d) %/g, '$1\u00a0%'))).join('');
}

async function runParts(input: RunReportInput): Promise<Parts> {
  const page = runPage(input);
  const { dataset, backend, seeds, threat, model, labels } = input.results;
  const { folder, config, remarks } = input;
  const sections = [
    await accuracySection(page),
    findingsSection(page),
    await differencesSection(page),
    await budgetSection(page),
    await trainingSection(page),
    await pathSection(page),
    await gallerySection(page),
    maskingSection(page),
    costSection(page),
    reproduceSection({
      folder,
      config,
      remarks,
      facts: [
        ...setting(input.results, page.attacks),
        [seeds.length === 1 ? 'seed' : 'seeds', listed(seeds.map(String))],
        ...(labels ? [['labels', labels.count] as const] : []),
        ...(model.spec === null ? [] : [['model', model.spec] as const]),
        ...(model.parameters === null ? [] : [['parameters', integer(model.parameters)] as const]),
        ['backend', backend],
        ...(config?.preset === undefined ? [] : [['preset', config.preset] as const]),
      ],
    }),
  ];
  return {
    title: `${folder}: robustness report, ${dataset.name}`,
    description: `Robust accuracy of ${listed(defenceNames(input.results))} on ${dataset.name}, ${threat.norm} ${showBudget(threat.epsilon)}.`,
    head: await headline(page),
    sections: sections.filter((section) => section !== null),
  };
}

/** What models were judged on, and with what. */
function setting({ dataset, threat }: Pick<Results, 'dataset' | 'threat'>, attacks: readonly string[]): FactsProps['facts'] {
  return [
    ['data', `${dataset.name}: ${dataset.source}`],
    ['training images', dataset.train],
    ['test images', dataset.test],
    ['threat', `${threat.norm}, ${showBudget(threat.epsilon)}`],
    ['attacks', listed(attacks)],
  ];
}

async function comparisonParts(input: ComparisonReportInput): Promise<Parts> {
  const { dataset, backend, attacks, tuning, entrants } = input.comparison;
  const { folder, config, remarks } = input;
  const sections = [
    comparisonAccuracy(input),
    await comparisonDifferences(input),
    comparisonCost(input),
    reproduceSection({
      folder,
      config,
      remarks,
      facts: [
        ...setting(input.comparison, attacks),
        ['seeds', listed((config?.seeds ?? []).map(String)) || 'not told'],
        ['backend', backend],
        ['tuning', `${tuning.trials} trials a defence on ${tuning.validation} validation images, seed ${tuning.seed}`],
      ],
    }),
  ];
  return {
    title: `${folder}: ranking of defences`,
    description: `Robust accuracy of ${listed(entrants.map(({ name }) => name))} on ${dataset.name} over several seeds.`,
    head: await comparisonHeadline(input),
    sections: sections.filter((section) => section !== null),
  };
}

async function sideBySideParts(input: SideBySideReportInput): Promise<Parts> {
  const { dataset, threat, rows } = input.sideBySide;
  const sections = [sideBySideAccuracy(input), await sideBySideDifferences(input), sideBySideCost(input), sideBySideRuns(input)];
  return {
    title: `${input.folder}: runs side by side`,
    description: `Robust accuracy of ${listed(rows.map(({ name }) => name))} on ${dataset.name}, ${threat.norm} ${showBudget(threat.epsilon)}, side by side.`,
    head: await sideBySideHeadline(input),
    sections: sections.filter((section) => section !== null),
  };
}
