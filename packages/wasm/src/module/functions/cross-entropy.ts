/** Cross-entropy with integer labels: assembly/cross-entropy.ts. Addresses are those of whole tensors; `from` and `to` are rows. */
export interface CrossEntropyFunctions {
  /** Logits `[rows, classes]` and labels (int32, `[rows]`) give losses `[rows]`. */
  crossEntropy(logits: number, labels: number, losses: number, classes: number, from: number, to: number): void;
  /** `dy` is `[rows]`, `dx` like the logits. */
  crossEntropyGradient(logits: number, labels: number, dy: number, dx: number, classes: number, from: number, to: number): void;
}
