/**
 * Activations and their gradients, element by element: assembly/activations.ts and assembly/activation-gradients.ts. Addresses are
 * those of whole tensors; `from` and `to` are elements.
 */
type Activation = (x: number, y: number, from: number, to: number) => void;

/** `saved` is the input x of the forward pass, for elu, sigmoid and tanh its output y. */
type Gradient = (dy: number, saved: number, dx: number, from: number, to: number) => void;

export interface ActivationFunctions {
  relu: Activation;
  relu6: Activation;
  leakyRelu(x: number, y: number, from: number, to: number, slope: number): void;
  elu: Activation;
  softplus: Activation;
  tanh: Activation;
  exp: Activation;
  clip(x: number, y: number, from: number, to: number, low: number, high: number): void;
  silu: Activation;
  gelu: Activation;
  reluGradient: Gradient;
  relu6Gradient: Gradient;
  leakyReluGradient(dy: number, x: number, dx: number, from: number, to: number, slope: number): void;
  eluGradient: Gradient;
  softplusGradient: Gradient;
  sigmoidGradient: Gradient;
  tanhGradient: Gradient;
  siluGradient: Gradient;
  geluGradient: Gradient;
}
