/** What tells charts and tables apart of which the page has several of a kind: names and identifiers are to be there once. */
export type Mark = {
  /** At the end of identifiers. */
  readonly id: string;
  /** At the end of titles. */
  readonly words: string;
};

export const unmarked: Mark = { id: '', words: '' };
