/** A complex number. Arithmetic as filter design needs it, by IEEE add, multiply, divide and square root alone. */
export type Complex = readonly [re: number, im: number];

export function add(a: Complex, b: Complex): Complex {
  return [a[0] + b[0], a[1] + b[1]];
}

export function subtract(a: Complex, b: Complex): Complex {
  return [a[0] - b[0], a[1] - b[1]];
}

export function multiply(a: Complex, b: Complex): Complex {
  return [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
}

export function scale(a: Complex, factor: number): Complex {
  return [a[0] * factor, a[1] * factor];
}

export function divide(a: Complex, b: Complex): Complex {
  const size = b[0] * b[0] + b[1] * b[1];
  return [(a[0] * b[0] + a[1] * b[1]) / size, (a[1] * b[0] - a[0] * b[1]) / size];
}

export function absolute(a: Complex): number {
  return Math.sqrt(a[0] * a[0] + a[1] * a[1]);
}

/** The square root with a real part that is not negative. */
export function squareRoot(a: Complex): Complex {
  const half = Math.sqrt((absolute(a) + (a[0] < 0 ? -a[0] : a[0])) / 2);
  if (half === 0) return [0, 0];
  const other = a[1] / (2 * half);
  if (a[0] >= 0) return [half, other];
  return a[1] < 0 ? [-other, -half] : [other, half];
}
