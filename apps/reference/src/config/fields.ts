/**
 * The fields that requests are made of. The message of every check is the rule that the value broke, in the words that
 * follow "expected `name` to be": `readRequest` makes the sentence around it.
 */
import * as z from 'zod';
import { parseNumber } from '../numbers';

/** A number, or a text that says one, as command lines and budgets do: `8/255`. */
export function number(
  rule: { readonly min?: number; readonly max?: number; readonly above?: number; readonly integer?: boolean } = {},
): z.ZodType<number> {
  const { min, max, above, integer } = rule;
  const lower = above !== undefined ? ` above ${above}` : min !== undefined ? ` of at least ${min}` : '';
  const limit = max === undefined ? lower : `${lower}${lower ? ' and' : ''} of at most ${max}`;
  const error = `${integer ? 'an integer' : "a finite number, such as 0.3 or '8/255',"}${limit}`.replace(/,$/, '');
  let field = z.number({ error });
  if (integer) field = field.int({ error });
  if (min !== undefined) field = field.min(min, { error });
  if (max !== undefined) field = field.max(max, { error });
  if (above !== undefined) field = field.gt(above, { error });
  return z.preprocess(toNumber, field);
}

export function text(rule: string): z.ZodType<string> {
  return z.string({ error: rule }).min(1, { error: rule });
}

export const truth: z.ZodType<boolean> = z.boolean({ error: 'true or false' });

export function oneOf<const T extends string>(choices: readonly T[]): z.ZodType<T> {
  return z.enum(choices as [T, ...T[]], { error: `one of ${choices.map((choice) => `'${choice}'`).join(', ')}` });
}

/** At least one text; a single one stands for a list of it. */
export function texts(rule: string): z.ZodType<readonly string[]> {
  const list = z.array(z.string({ error: rule }).min(1, { error: rule }), { error: rule }).min(1, { error: rule });
  return z.preprocess((value) => (typeof value === 'string' ? [value] : value), list);
}

/** A path, or null where there is none. */
export const path: z.ZodType<string | null> = text('a path, or null for none').nullable();

export function group<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, { error: `a group of the keys ${Object.keys(shape).join(', ')}` });
}

function toNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return parseNumber('', '', value);
  } catch {
    return value;
  }
}
