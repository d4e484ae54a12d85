/** Survives two copies of this package in one process (ESM beside CJS). */
const marker = Symbol.for('groundstate.error');

/** What kind of fault it was, for programs; the message is for people. */
export type ErrorCode = 'invalid-argument' | 'invalid-data' | 'unsupported' | 'not-found' | 'corrupt' | 'io' | 'aborted' | 'diverged';

/** The one error class. `message` says who expected what, what came instead, and what to do. */
export class GroundstateError extends Error {
  override readonly name: string = 'GroundstateError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, marker, { value: true });
  }

  /** Recognises errors of any copy of this package. */
  static is(value: unknown): value is GroundstateError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[marker] === true;
  }
}

/** A value as an error message shows it: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'object' && value !== null) {
    if ('shape' in value && 'dtype' in value) return `a ${String(value.dtype)} tensor of shape [${String(value.shape)}]`;
    if (ArrayBuffer.isView(value))
      return `a ${value.constructor.name} of ${(value as unknown as ArrayLike<unknown>).length ?? value.byteLength}`;
    if (Array.isArray(value)) return value.length > 8 ? `an array of ${value.length}` : `[${value.map(show).join(', ')}]`;
    return `an object with keys [${Object.keys(value).slice(0, 8).join(', ')}]`;
  }
  return String(value);
}

/** `<owner>: expected \`<name>\` to be <rule>, got <value>.` and what to do about it. */
export function expected(owner: string, name: string, rule: string, value: unknown, advice?: string): GroundstateError {
  return new GroundstateError(
    'invalid-argument',
    `${owner}: expected \`${name}\` to be ${rule}, got ${show(value)}.${advice ? ` ${advice}` : ''}`,
  );
}

/** A finite number within [min, max]; an integer where asked. Returns it. */
export function checkNumber(
  owner: string,
  name: string,
  value: unknown,
  rule: { readonly min?: number; readonly max?: number; readonly above?: number; readonly integer?: boolean } = {},
): number {
  const limits: string[] = [];
  if (rule.above !== undefined) limits.push(`above ${rule.above}`);
  if (rule.min !== undefined) limits.push(`of at least ${rule.min}`);
  if (rule.max !== undefined) limits.push(`of at most ${rule.max}`);
  const fits =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (!rule.integer || Number.isInteger(value)) &&
    (rule.above === undefined || value > rule.above) &&
    (rule.min === undefined || value >= rule.min) &&
    (rule.max === undefined || value <= rule.max);
  if (!fits) throw expected(owner, name, [rule.integer ? 'an integer' : 'a finite number', limits.join(' and ')].join(' ').trim(), value);
  return value as number;
}

/** One of a fixed set of strings. Returns it. */
export function checkOneOf<T extends string>(owner: string, name: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) throw expected(owner, name, `one of ${choices.map((c) => `'${c}'`).join(', ')}`, value);
  return value as T;
}

/** Options are a plain object with known keys only; a misspelt option is named, never ignored. */
export function checkKeys(owner: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      const list = known.length > 0 ? `one of ${known.map((k) => `'${k}'`).join(', ')}` : 'left out (there are no options)';
      throw expected(owner, 'option', list, key);
    }
  }
}
