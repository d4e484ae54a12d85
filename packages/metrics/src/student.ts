/**
 * The two-sided 95 % quantile of Student's t distribution. For whole degrees of freedom the share within +-t has a finite
 * form: formulas 26.7.3 and 26.7.4 of "Handbook of mathematical functions", M. Abramowitz, I. A. Stegun, 1964.
 */

export function studentQuantile(degrees: number): number {
  // The share grows with the angle atan(t / sqrt(degrees)), which, unlike t, has both its ends at hand.
  let [low, high] = [0, Math.PI / 2];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (shareWithin(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  return Math.sqrt(degrees) * Math.tan((low + high) / 2);
}

function shareWithin(angle: number, degrees: number): number {
  const odd = degrees % 2;
  const square = Math.cos(angle) ** 2;
  let [term, sum] = [odd ? Math.cos(angle) : 1, 0];
  for (let k = odd; k <= degrees - 2; k += 2) {
    sum += term;
    term *= (square * (k + 1)) / (k + 2);
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
