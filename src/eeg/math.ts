/**
 * exp, log, sin, cos and tan to within 1 ulp, the same bits on every machine: `Math.exp` and its kin differ
 * between JavaScript engines, so only IEEE 754 add, subtract, multiply, divide and operations on bits are used
 * here, in a fixed order. The coefficients come from `scripts/golden/exact-functions.py`, which also makes the values that
 * the tests compare with.
 */

const bits = new DataView(new ArrayBuffer(8));

/** 2^k at index k + 1074, for every k that a double can hold: quicker than assembling one from its bits. */
const twos = new Float64Array(2098);
for (let i = 0, power = 5e-324; i < twos.length; i++, power *= 2) twos[i] = power;

/** Adding and taking off 1.5 * 2^52 rounds a number below 2^51 to the nearest integer, ties to even. */
const rounder = 6755399441055744;

/** 2^(j/32) for j = 0 ... 31, each as the nearest double and the rest. */
// prettier-ignore
const powers = new Float64Array([
  1.0, 0.0, 1.0218971486541166, 5.109225028973444e-17, 1.0442737824274138, 8.551889705537965e-17,
  1.0671404006768237, -7.899853966841582e-17, 1.0905077326652577, -3.046782079812471e-17,
  1.1143867425958924, 1.0410278456845571e-16, 1.1387886347566916, 8.912812676025408e-17,
  1.1637248587775775, 3.8292048369240935e-17, 1.189207115002721, 3.982015231465646e-17,
  1.215247359980469, -7.712630692681488e-17, 1.241857812073484, 4.658027591836937e-17,
  1.2690509571917332, 2.667932131342186e-18, 1.2968395546510096, 2.5382502794888315e-17,
  1.3252366431597413, -2.8587312100388614e-17, 1.3542555469368927, 7.70094837980299e-17,
  1.383909881963832, -6.770511658794786e-17, 1.4142135623730951, -9.667293313452913e-17,
  1.4451808069770467, -3.0237581349939873e-17, 1.4768261459394993, -3.483994556892796e-17,
  1.5091644275934228, -1.016455327754295e-16, 1.5422108254079407, 7.949834809697621e-17,
  1.5759808451078865, -1.0136916471278304e-17, 1.6104903319492543, 2.4707192569797888e-17,
  1.645755478153965, -1.0125679913674773e-16, 1.681792830507429, 8.199010020581497e-17,
  1.718619298122478, -1.851380418263111e-17, 1.7562521603732995, 2.960140695448873e-17,
  1.7947090750031072, 1.8227458427912087e-17, 1.8340080864093424, 3.283107224245627e-17,
  1.8741676341103, -6.122763413004143e-17, 1.9152065613971474, -1.0619946056195963e-16,
  1.9571441241754002, 8.960767791036668e-17,
]);

/** ln(2) / 32 in two parts; the first has 32 bits, so that its product with an integer below 2^21 is exact. */
const ln2By32High = 0.02166084938653512;
const ln2By32Low = 5.9631716539705866e-12;

/**
 * e^x, within 0.55 ulp (0.8 where the result is subnormal). Table-driven: x = (32 m + j) ln(2)/32 + r with
 * |r| <= ln(2)/64, e^x = 2^m 2^(j/32) e^r (Tang, ACM TOMS 15, 1989).
 */
export function exp(x: number): number {
  if (!(x > -746)) return x !== x ? x : 0;
  if (x > 709.79) return Infinity;
  const n = x * 46.16624130844683 + rounder - rounder;
  const rHigh = x - n * ln2By32High;
  const rLow = n * -ln2By32Low;
  const r = rHigh + rLow;
  const r2 = r * r;
  const tail = r2 * (1 / 2 + r * (1 / 6) + r2 * (1 / 24 + r * (1 / 120) + r2 * (1 / 720)));
  const index = (n & 31) << 1;
  const high = powers[index]!;
  const y = high + (powers[index + 1]! + high * (rHigh + (rLow + tail)));
  const m = n >> 5;
  if (m < -1022) return y * twos[m + 1138]! * 5.421010862427522e-20; // 2^(m + 64), 2^-64: rounds once
  return m < 1024 ? y * twos[m + 1074]! : y * 2 * twos[m + 1073]!;
}

/** Held here because a lookup in the global object is slow where it is a sandbox, as in Jest. */
const { SQRT2 } = Math;

/** ln(2) in two parts; the first has 32 bits, so that its product with an exponent is exact. */
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

/**
 * Natural logarithm, within 0.9 ulp. x = 2^k (1 + f) with 1 + f between √½ and √2; ln(1 + f) = 2 artanh(s),
 * s = f / (2 + f), by a polynomial in s² (Sun's fdlibm, `__ieee754_log`, 1993, has the arrangement).
 */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x - x !== 0) return x; // infinite
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984; // 2^54: now normal
    k -= 54;
  }
  bits.setFloat64(0, x);
  const exponent = (bits.getInt32(0) >> 20) - 1023;
  k += exponent;
  let f = x * twos[1074 - exponent]!;
  if (f > SQRT2) {
    f *= 0.5;
    k += 1;
  }
  f -= 1;
  const s = f / (2 + f);
  const z = s * s;
  const z2 = z * z;
  const even =
    0.6666666666666666 + z2 * (0.28571428570799784 + z2 * (0.18181795547521137 + z2 * 0.13268638369266825));
  const odd =
    0.40000000000000885 + z2 * (0.22222222392581045 + z2 * (0.15386244737621665 + z2 * 0.13088034850927555));
  const half = 0.5 * f * f;
  const rest = s * (half + z * (even + z * odd));
  return k * ln2High + (f - (half - (rest + k * ln2Low)));
}

/** Below it sin x = tan x = x to the last bit. */
const tiny = 7.450580596923828e-9; // 2^-27

/** Sine, within 0.8 ulp for every finite x; NaN for an infinite one. */
export function sin(x: number): number {
  if (x < tiny && x > -tiny) return x;
  const quadrant = reduce(x);
  const y = (quadrant & 1) === 0 ? sinHead() + tail : cosHead() + tail;
  return quadrant < 2 ? y : -y;
}

/** Cosine, within 0.8 ulp for every finite x; NaN for an infinite one. */
export function cos(x: number): number {
  const quadrant = reduce(x);
  const y = (quadrant & 1) === 0 ? cosHead() + tail : sinHead() + tail;
  return quadrant === 0 || quadrant === 3 ? y : -y;
}

/** Tangent, within 0.9 ulp for every finite x; NaN for an infinite one. Sine over cosine, both in two parts. */
export function tan(x: number): number {
  if (x < tiny && x > -tiny) return x;
  const odd = (reduce(x) & 1) === 1;
  let over = odd ? cosHead() : sinHead();
  const overTail = tail;
  let under = odd ? sinHead() : cosHead();
  const overSum = over + overTail;
  over = over - overSum + overTail;
  const underSum = under + tail;
  under = under - underSum + tail;
  const quotient = overSum / underSum;
  const product = quotient * underSum;
  const rest = overSum - product - productRest(quotient, underSum, product) + over - quotient * under;
  const y = quotient + rest / underSum;
  return odd ? -y : y;
}

/** The argument left by `reduce`, high + low, at most π/4 in size; and the small part of the last sine or cosine. */
let high = 0;
let low = 0;
let tail = 0;

/** sin(high + low) = the returned number + `tail`. */
function sinHead(): number {
  const z = high * high;
  const series =
    0.008333333333333331 +
    z *
      (-0.0001984126984126504 +
        z *
          (2.755731921932058e-6 +
            z * (-2.50521062259944e-8 + z * (1.6058530596645953e-10 + z * -7.586636882825159e-13))));
  tail = low * (1 - 0.5 * z) + z * high * (-0.16666666666666666 + z * series);
  return high;
}

/** cos(high + low) = the returned number + `tail`. */
function cosHead(): number {
  const z = high * high;
  const zRest = productRest(high, high, z);
  const half = 0.5 * z;
  const head = 1 - half;
  const series =
    0.041666666666666664 +
    z *
      (-0.0013888888888887389 +
        z *
          (2.48015872987544e-5 +
            z * (-2.755731726587808e-7 + z * (2.087614504941318e-9 + z * -1.138254464534925e-11))));
  tail = 1 - head - half + (z * z * series - 0.5 * zRest - high * low);
  return head;
}

/** π/2 as the sum of three doubles. */
const halfPi1 = 1.5707963267948966;
const halfPi2 = 6.123233995736766e-17;
const halfPi3 = -1.4973849048591698e-33;

/**
 * Takes the nearest multiple n of π/2 off x, leaving the rest in `high` and `low`.
 * Up to 2^40 by Cody and Waite's way, with exact products (Dekker, Numer. Math. 18, 1971): 159 bits of π/2
 * leave 55 good bits also for the double nearest to a multiple.
 * @returns n modulo 4
 */
function reduce(x: number): number {
  const size = x < 0 ? -x : x;
  low = 0;
  if (size <= 0.7853981633974483) {
    high = x;
    return 0;
  }
  if (!(size < 1099511627776)) return reduceHuge(x);
  const n = x * 0.6366197723675814 + rounder - rounder;
  const p1 = n * halfPi1;
  const p2 = n * halfPi2;
  const p1Rest = productRest(n, halfPi1, p1);
  const left = x - p1; // exact: they are within a factor of two
  const a = left - p1Rest;
  const aRest = sumRest(left, -p1Rest, a);
  const b = a - p2;
  const bRest = sumRest(a, -p2, b);
  const rest = bRest + aRest - productRest(n, halfPi2, p2) - n * halfPi3;
  high = b + rest;
  low = b - high + rest;
  return (n - 4 * Math.floor(n / 4)) | 0;
}

/** 2/π times 2^1280, rounded down. */
const twoOverPi =
  0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e006492eea09d1921cfe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6babf0cfbc209af4361dn;

/** As `reduce` for 2^40 and more: x · 2/π in integers, of which only the fraction matters (Payne & Hanek, SIGNUM 18, 1983). */
function reduceHuge(x: number): number {
  if (!(x - x === 0)) {
    high = NaN;
    return 0;
  }
  bits.setFloat64(0, x);
  const exponent = (bits.getInt32(0) & 0x7ff00000) >> 20;
  bits.setInt32(0, (bits.getInt32(0) & 0xfffff) | 0x43300000); // the significand as an integer, below 2^53
  const fractionBits = BigInt(1280 + 1075 - exponent);
  const product = BigInt.asUintN(Number(fractionBits) + 2, BigInt(bits.getFloat64(0)) * twoOverPi);
  const n = (product + (1n << (fractionBits - 1n))) >> fractionBits;
  const fraction = (product - (n << fractionBits)) >> (fractionBits - 256n);
  const head = Number(fraction);
  const scale = 8.636168555094445e-78; // 2^-256
  const f = head * scale;
  const fRest = Number(fraction - BigInt(head)) * scale;
  const p = f * halfPi1;
  const pRest = productRest(f, halfPi1, p) + (f * halfPi2 + fRest * halfPi1);
  const sign = x < 0 ? -1 : 1;
  high = sign * (p + pRest);
  low = sign * (p - (p + pRest) + pRest);
  return (sign * Number(n)) & 3;
}

/** a + b - sum without error, where sum = a + b rounded (Knuth's two-sum). */
function sumRest(a: number, b: number, sum: number): number {
  const bPart = sum - a;
  return a - (sum - bPart) + (b - bPart);
}

/** a * b - product without error, where product = a * b rounded; both below 2^990 (Dekker's product, Veltkamp's split). */
function productRest(a: number, b: number, product: number): number {
  const aScaled = 134217729 * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = 134217729 * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
