/** What an evaluation is of, in words that can be compared: a cursor belongs to it and to no other. */
import { type Attack, type Examples, expected, type Model, settle, type ThreatModel } from '@groundstate/core';

/** As it stands in a cursor. Two evaluations of one identity give one report, if the model's weights are the same. */
export type EvaluationIdentity = {
  readonly model: string;
  /** How many, and a digest of all labels and of the first and the last example. */
  readonly examples: string;
  readonly threat: string;
  readonly seed: number;
  /** In their order, with as much of their settings as can be seen from outside. */
  readonly attacks: readonly string[];
  readonly metrics: readonly string[];
  readonly survivorsOnly: boolean;
};

export async function identityOf(
  model: Model,
  examples: Examples,
  options: {
    readonly attacks: Readonly<Record<string, Attack>>;
    readonly threat: ThreatModel;
    readonly metrics: readonly string[];
    readonly seed: number;
    readonly survivorsOnly: boolean;
  },
): Promise<EvaluationIdentity> {
  const { attacks, threat, metrics, seed, survivorsOnly } = options;
  return {
    model: `${model.name}: [${model.inputShape.join(', ')}] within [${model.bounds.join(', ')}] to ${model.classes} classes`,
    examples: `${examples.size} of digest ${await digestOf(examples)}`,
    threat: `${threat.norm.name} ${threat.epsilon}`,
    seed,
    attacks: Object.entries(attacks).map(([name, attack]) => `${name}: ${described(attack, threat, model)}`),
    metrics: [...metrics].sort(),
    survivorsOnly,
  };
}

/** A cursor of anything else would go on with figures over a part of the examples. */
export function checkIdentity(found: EvaluationIdentity | undefined, wanted: EvaluationIdentity): void {
  const advice = 'It is the cursor of another evaluation: begin anew, without it.';
  if (found === undefined) throw expected('evaluate', 'cursor.of', 'what this evaluation is of', found, advice);
  for (const key of Object.keys(wanted) as (keyof EvaluationIdentity)[]) {
    const [was, is] = [found[key], wanted[key]];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    throw expected('evaluate', `cursor.of.${key}`, Array.isArray(is) ? `[${is.join('; ')}]` : String(is), was, advice);
  }
}

/** Cards and numbers of steps; options that show in neither cannot be told apart. */
function described(attack: Attack, threat: ThreatModel, model: Model): string {
  if (!attack.card.norms.includes(threat.norm.name)) return attack.card.name;
  const settled = settle(attack, threat, model);
  if (settled.kind === 'steps') return `${settled.card.name}, ${settled.steps} steps`;
  const members = settled.members.map((member) => described(member, threat, model));
  return `${settled.card.name}, ${settled.keep} of (${members.join('; ')})`;
}

async function digestOf(examples: Examples): Promise<string> {
  const digest = createDigest();
  digest.add(Int32Array.from(examples.labels));
  if (examples.size > 0) {
    const { ids, inputs, labels } = await examples.read(Int32Array.of(0, examples.size - 1));
    try {
      digest.add(ids);
      digest.add((await inputs.data()) as Float32Array);
    } finally {
      inputs.dispose();
      labels.dispose();
    }
  }
  return digest.value();
}

/** Two 32-bit multiplicative hashes of the bytes (FNV-1a with two offsets): tells accidents, not forgeries. */
function createDigest(): { add(values: Int32Array | Float32Array): void; value(): string } {
  let [left, right] = [0x811c9dc5, 0x9747b28c];
  return {
    add: ({ buffer, byteOffset, byteLength }) => {
      for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) {
        left = Math.imul(left ^ byte, 0x01000193);
        right = Math.imul(right ^ byte, 0x85ebca6b);
        right ^= right >>> 13;
      }
    },
    value: () => [left, right].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join(''),
  };
}
