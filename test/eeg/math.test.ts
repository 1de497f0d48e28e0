import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cos, exp, log, sin, tan } from "../../src/eeg/math.ts";
import { golden } from "../npy.ts";

/** The unit in the last place. */
function ulp(y: number): number {
  const size = Math.abs(y);
  if (size < 2.2250738585072014e-308) return 5e-324;
  return 2 ** (Math.floor(Math.log2(size)) - 52);
}

/** The bound that each docstring states. */
const functions = {
  exp: [exp, 0.8],
  log: [log, 0.9],
  sin: [sin, 0.8],
  cos: [cos, 0.8],
  tan: [tan, 0.9],
} as const;

describe.each(Object.entries(functions))("%s", (name, [f, bound]) => {
  test(`is within ${bound} ulp of mpmath`, () => {
    const { data } = golden(`math/${name}.npy`);
    let worst = { x: 0, error: 0 };
    for (let i = 0; i < data.length; i += 3) {
      const x = data[i]!;
      const error = Math.abs((f(x) - data[i + 1]!) / ulp(data[i + 1]!) - data[i + 2]!);
      if (!(error <= worst.error)) worst = { x, error };
    }
    expect(worst.error).toBeLessThan(bound);
  });

  test("gives NaN for NaN", () => expect(f(NaN)).toBeNaN());

  test("does not depend on what was computed before", () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (x, other) => {
        const y = f(x);
        sin(other);
        log(other);
        expect(f(x)).toBe(y);
      }),
    );
  });
});

test("exp at the ends of its range", () => {
  expect(exp(0)).toBe(1);
  expect(exp(-0)).toBe(1);
  expect(exp(Infinity)).toBe(Infinity);
  expect(exp(-Infinity)).toBe(0);
  expect(exp(709.782712893385)).toBe(Infinity);
  expect(exp(-745.133219101941)).toBe(5e-324);
  expect(exp(-745.1332191019413)).toBe(0);
  expect(exp(1e300)).toBe(Infinity);
  expect(exp(-1e300)).toBe(0);
});

test("log at the ends of its range", () => {
  expect(log(1)).toBe(0);
  expect(log(0)).toBe(-Infinity);
  expect(log(-0)).toBe(-Infinity);
  expect(log(Infinity)).toBe(Infinity);
  expect(log(-1)).toBeNaN();
  expect(log(-Infinity)).toBeNaN();
});

test("sin, cos and tan at zero and at infinity", () => {
  for (const f of [sin, tan]) {
    expect(f(0)).toBe(0);
    expect(f(-0)).toBe(-0);
  }
  expect(cos(0)).toBe(1);
  for (const f of [sin, cos, tan]) {
    expect(f(Infinity)).toBeNaN();
    expect(f(-Infinity)).toBeNaN();
  }
});

test("symmetries hold to the last bit", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      expect(sin(-x)).toBe(-sin(x));
      expect(cos(-x)).toBe(cos(x));
      expect(tan(-x)).toBe(-tan(x));
    }),
  );
});

test("exp undoes log, and sine and cosine lie on the circle", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 1e5, noNaN: true }), (x) => {
      expect(Math.abs(exp(log(x)) / x - 1)).toBeLessThan(3e-15);
    }),
  );
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      expect(Math.abs(sin(x) ** 2 + cos(x) ** 2 - 1)).toBeLessThan(5e-16);
    }),
  );
});

test("exp and log grow with their argument", () => {
  fc.assert(
    fc.property(fc.double({ min: -745, max: 709, noNaN: true }), (x) => {
      expect(exp(x + Math.max(1e-9, 4 * ulp(x)))).toBeGreaterThanOrEqual(exp(x));
    }),
  );
  fc.assert(
    fc.property(fc.double({ min: 5e-324, max: 1e308, noNaN: true }), (x) => {
      expect(log(x * 1.000001)).toBeGreaterThanOrEqual(log(x));
    }),
  );
});
