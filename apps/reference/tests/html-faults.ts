/** What the standard and the rules of accessibility find wrong with a page. */
import { HtmlValidate } from 'html-validate';

/** Every rule of the standard and of accessibility; what stays out is style, or what our renderer writes in its own way. */
const validator = new HtmlValidate({
  extends: ['html-validate:recommended', 'html-validate:a11y'],
  rules: {
    'no-inline-style': 'off',
    'no-trailing-whitespace': 'off',
    'long-title': 'off',
    'doctype-style': 'off',
    'void-style': 'off',
    'attribute-boolean-style': 'off',
    'attribute-empty-style': 'off',
    // A policy without requests has nothing to check the integrity of.
    'require-sri': 'off',
  },
});

export async function faults(text: string): Promise<readonly string[]> {
  const { results } = await validator.validateString(text);
  // The standard lets `>` stand in text as it is, and the renderer does.
  const legal = 'Raw ">" must be encoded as "&gt;"';
  return results.flatMap(({ messages }) =>
    messages
      .filter(({ message }) => message !== legal)
      .map(({ ruleId, message, line, column }) => `${line}:${column} ${ruleId}: ${message}`),
  );
}
