/** How far the numbers of a page can be trusted: under every headline, and what all pages have to say there. */
import type { JSX } from 'preact';
import { plural } from '../format';

export function Caveats({ texts }: { readonly texts: readonly string[] }): JSX.Element {
  return (
    <aside aria-labelledby="caveats-title">
      <h2 id="caveats-title">Before you quote a number</h2>
      <ul>
        {texts.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </aside>
  );
}

export function upperBound(attacks: readonly string[]): string {
  return `Robust accuracy is an upper bound: it counts what ${plural(attacks.length, 'attack')} did not find, not what cannot be found. ${
    attacks.some((name) => /^auto-?attack/i.test(name))
      ? 'AutoAttack is among them.'
      : 'None of them is AutoAttack, the usual standard, which may lower every number.'
  }`;
}

const standIns: { readonly [dataset: string]: string } = {
  'synthetic-digits': 'These are digits drawn by our own code, not MNIST: the numbers say nothing about MNIST.',
  'synthetic-shapes': 'These are shapes drawn by our own code in the form of CIFAR-10: the numbers say nothing about CIFAR-10.',
  'synthetic-street-digits': 'These are digits drawn by our own code in the form of SVHN: the numbers say nothing about SVHN.',
  'svhn-form-digits': 'These are digits in the form of SVHN, not its photographs: the numbers say nothing about SVHN.',
};

/** Data that may be taken for better known ones, by their name or by what they say of their source. */
export function standIn({ name, source = '' }: { readonly name: string; readonly source?: string }): readonly string[] {
  const caveat = standIns[name];
  const [, edition] = /not the published set but ([^:]+)/.exec(source) ?? [];
  return [
    ...(caveat === undefined ? [] : [caveat]),
    ...(edition === undefined ? [] : [`These files are not the published set of ${name} but ${edition}.`]),
  ];
}
