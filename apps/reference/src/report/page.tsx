/** The page around the sections: one file, without scripts, that asks nothing of any network. */
import type { ComponentChildren, JSX } from 'preact';
import { style } from './style';

export interface PageProps {
  readonly title: string;
  readonly description: string;
  readonly folder: string;
  readonly version: string;
  readonly contents: readonly { readonly id: string; readonly title: string }[];
  readonly children: ComponentChildren;
}

/** Nothing may be loaded or run, even if it were in here. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

const choices = [
  { id: 'theme-system', label: 'System' },
  { id: 'theme-light', label: 'Light' },
  { id: 'theme-dark', label: 'Dark' },
];

export function Page({ title, description, folder, version, contents, children }: PageProps): JSX.Element {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content={description} />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <a class="skip" href="#main">
          To the report
        </a>
        <div class="page">
          <header class="bar">
            <p>{folder}</p>
            <fieldset class="theme">
              <legend>Colours</legend>
              {choices.map(({ id, label }, index) => (
                <label key={id}>
                  <input type="radio" id={id} name="theme" value={id} checked={index === 0} />
                  <span>{label}</span>
                </label>
              ))}
            </fieldset>
          </header>
          <div class="columns">
            <nav aria-label="Sections">
              <ul>
                {contents.map(({ id, title: section }) => (
                  <li key={id}>
                    <a href={`#${id}`}>{section}</a>
                  </li>
                ))}
              </ul>
            </nav>
            <div>
              <main id="main" tabIndex={-1}>
                {children}
              </main>
              <footer>
                <p>Written by groundstate {version}. This page is one file: it loads nothing and runs no script.</p>
              </footer>
            </div>
          </div>
        </div>
      </body>
    </html>
  );
}
