// Mixing and band filters on 4 lanes of float32 at a time. AssemblyScript; scripts/build-kernels.mjs compiles it
// into kernel.wasm.ts. Only IEEE add, multiply and divide, in the order that test/tokens/plain-tokens.ts has: the bits
// are the same. Pointers are bytes; rows of mixed samples hold `4 * groups` components.

/** Index of the first sample in [from, n) that is finite (wanted = 1) or not (wanted = 0); n if there is none. */
export function scan(data: usize, from: i32, n: i32, wanted: i32): i32 {
  let i = from;
  if (!wanted) {
    for (; i + 16 <= n; i += 16) {
      const p = data + (<usize>i << 2);
      const a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
      // x - x is 0, or NaN for NaN and infinities
      const sum = f32x4.add(
        f32x4.add(f32x4.sub(a, a), f32x4.sub(b, b)),
        f32x4.add(f32x4.sub(c, c), f32x4.sub(d, d)),
      );
      if (v128.any_true(f32x4.ne(sum, sum))) break;
    }
  }
  for (; i < n; i++) {
    const x = load<f32>(data + (<usize>i << 2));
    if (i32(x - x == 0) == wanted) return i;
  }
  return n;
}

/**
 * rows[t][s] = Σ_c weights[c][s] · channel_c[t], summed in the order of c.
 * @param channels `count` pointers to the first of n samples of each channel
 */
export function mix(rows: usize, channels: usize, weights: usize, count: i32, n: i32, groups: i32): void {
  const stride = <usize>groups << 4;
  let g = 0;
  for (; g + 4 <= groups; g += 4) {
    const column = <usize>g << 4;
    let t = 0;
    for (; t + 2 <= n; t += 2) {
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      let w = weights + column;
      for (let c = 0; c < count; c++, w += stride) {
        const p = <usize>load<u32>(channels + (<usize>c << 2)) + (<usize>t << 2);
        const x = v128.load_splat<f32>(p);
        const y = v128.load_splat<f32>(p, 4);
        const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
        a0 = f32x4.add(a0, f32x4.mul(x, w0));
        a1 = f32x4.add(a1, f32x4.mul(x, w1));
        a2 = f32x4.add(a2, f32x4.mul(x, w2));
        a3 = f32x4.add(a3, f32x4.mul(x, w3));
        b0 = f32x4.add(b0, f32x4.mul(y, w0));
        b1 = f32x4.add(b1, f32x4.mul(y, w1));
        b2 = f32x4.add(b2, f32x4.mul(y, w2));
        b3 = f32x4.add(b3, f32x4.mul(y, w3));
      }
      const row = rows + stride * t + column;
      v128.store(row, a0);
      v128.store(row, a1, 16);
      v128.store(row, a2, 32);
      v128.store(row, a3, 48);
      const next = row + stride;
      v128.store(next, b0);
      v128.store(next, b1, 16);
      v128.store(next, b2, 32);
      v128.store(next, b3, 48);
    }
    for (; t < n; t++) for (let q = 0; q < 4; q++) mixOne(rows, channels, weights, count, t, g + q, stride);
  }
  for (; g < groups; g++) for (let t = 0; t < n; t++) mixOne(rows, channels, weights, count, t, g, stride);
}

function mixOne(rows: usize, channels: usize, weights: usize, count: i32, t: i32, g: i32, stride: usize): void {
  let sum = f32x4.splat(0);
  let w = weights + (<usize>g << 4);
  for (let c = 0; c < count; c++, w += stride) {
    const p = <usize>load<u32>(channels + (<usize>c << 2)) + (<usize>t << 2);
    sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(p), v128.load(w)));
  }
  v128.store(rows + stride * t + (<usize>g << 4), sum);
}

/**
 * out[k][s] = |q_k|² of each component of one patch. A tap's cosine is even and its sine odd
 * about the middle of the patch, so the two halves are added and subtracted once, for all filters.
 * @param rows the patch's `2 * half` rows
 * @param taps filter after filter: `half` pairs of cosine and sine, from the middle outward
 * @param folded room for `half` pairs of rows
 */
export function bands(out: usize, rows: usize, taps: usize, folded: usize, half: i32, filters: i32, groups: i32): void {
  const stride = <usize>groups << 4;
  for (let m = 0; m < half; m++) {
    const after = rows + stride * (half + m);
    const before = rows + stride * (half - 1 - m);
    const pair = folded + ((stride * m) << 1);
    for (let at: usize = 0; at < stride; at += 16) {
      const a = v128.load(after + at), b = v128.load(before + at);
      v128.store(pair + (at << 1), f32x4.add(a, b));
      v128.store(pair + (at << 1), f32x4.sub(a, b), 16);
    }
  }
  for (let k = 0; k < filters; k++) {
    let g = 0;
    for (; g + 4 <= groups; g += 4) {
      let r0 = f32x4.splat(0), r1 = r0, r2 = r0, r3 = r0, i0 = r0, i1 = r0, i2 = r0, i3 = r0;
      let pair = folded + (<usize>g << 5);
      let tap = taps;
      for (let m = 0; m < half; m++, pair += stride << 1, tap += 8) {
        const c = v128.load_splat<f32>(tap), s = v128.load_splat<f32>(tap, 4);
        r0 = f32x4.add(r0, f32x4.mul(c, v128.load(pair)));
        i0 = f32x4.add(i0, f32x4.mul(s, v128.load(pair, 16)));
        r1 = f32x4.add(r1, f32x4.mul(c, v128.load(pair, 32)));
        i1 = f32x4.add(i1, f32x4.mul(s, v128.load(pair, 48)));
        r2 = f32x4.add(r2, f32x4.mul(c, v128.load(pair, 64)));
        i2 = f32x4.add(i2, f32x4.mul(s, v128.load(pair, 80)));
        r3 = f32x4.add(r3, f32x4.mul(c, v128.load(pair, 96)));
        i3 = f32x4.add(i3, f32x4.mul(s, v128.load(pair, 112)));
      }
      v128.store(out, power(r0, i0));
      v128.store(out, power(r1, i1), 16);
      v128.store(out, power(r2, i2), 32);
      v128.store(out, power(r3, i3), 48);
      out += 64;
    }
    for (; g < groups; g++) {
      let r = f32x4.splat(0), i = r;
      let pair = folded + (<usize>g << 5);
      let tap = taps;
      for (let m = 0; m < half; m++, pair += stride << 1, tap += 8) {
        r = f32x4.add(r, f32x4.mul(v128.load_splat<f32>(tap), v128.load(pair)));
        i = f32x4.add(i, f32x4.mul(v128.load_splat<f32>(tap, 4), v128.load(pair, 16)));
      }
      v128.store(out, power(r, i));
      out += 16;
    }
    taps += <usize>half << 3;
  }
}

function power(re: v128, im: v128): v128 {
  return f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im));
}

/**
 * sums[j] = Σ powers of the patches from the `starts[j]`-th on, one after the other; each is read once for all 8 sums.
 * @param sums 8 rows of `size` bytes, a multiple of 16
 * @param patches n pointers to rows of powers, the oldest first
 * @param starts 8 int32, none less than the one before it
 */
export function sums(sums: usize, patches: usize, n: i32, starts: usize, size: usize): void {
  const common = load<i32>(starts, 28);
  const last = patches + (<usize>n << 2);
  for (let at: usize = 0; at < size; at += 16) {
    let s0 = sum(patches, load<i32>(starts), common, at), s1 = sum(patches, load<i32>(starts, 4), common, at);
    let s2 = sum(patches, load<i32>(starts, 8), common, at), s3 = sum(patches, load<i32>(starts, 12), common, at);
    let s4 = sum(patches, load<i32>(starts, 16), common, at), s5 = sum(patches, load<i32>(starts, 20), common, at);
    let s6 = sum(patches, load<i32>(starts, 24), common, at), s7 = f32x4.splat(0);
    for (let p = patches + (<usize>common << 2); p < last; p += 4) {
      const x = v128.load(<usize>load<u32>(p) + at);
      s0 = f32x4.add(s0, x);
      s1 = f32x4.add(s1, x);
      s2 = f32x4.add(s2, x);
      s3 = f32x4.add(s3, x);
      s4 = f32x4.add(s4, x);
      s5 = f32x4.add(s5, x);
      s6 = f32x4.add(s6, x);
      s7 = f32x4.add(s7, x);
    }
    let to = sums + at;
    v128.store(to, s0);
    v128.store(to += size, s1);
    v128.store(to += size, s2);
    v128.store(to += size, s3);
    v128.store(to += size, s4);
    v128.store(to += size, s5);
    v128.store(to += size, s6);
    v128.store(to += size, s7);
  }
}

function sum(patches: usize, from: i32, to: i32, at: usize): v128 {
  let total = f32x4.splat(0);
  for (let i = from; i < to; i++) total = f32x4.add(total, v128.load(<usize>load<u32>(patches + (<usize>i << 2)) + at));
  return total;
}

/**
 * out[k][s] = log((begun + Σ powers) / counts[s] + epsilon) over `n` patches.
 * @param begun the sum of the patches before them
 * @param patches n pointers to powers [filters][groups of four components], the oldest first
 * @param counts for each component, of how many of all these patches it has power; elsewhere its power is 0
 */
export function logMeans(out: usize, begun: usize, patches: usize, n: i32, counts: usize, filters: i32, groups: i32, epsilon: f32): void {
  const e = f32x4.splat(epsilon);
  const last = patches + (<usize>n << 2);
  let at: usize = 0;
  for (let k = 0; k < filters; k++)
    for (let g = 0; g < groups; g++, at += 16) {
      let sum = v128.load(begun + at);
      for (let p = patches; p < last; p += 4) sum = f32x4.add(sum, v128.load(<usize>load<u32>(p) + at));
      v128.store(out + at, log4(f32x4.add(f32x4.div(sum, v128.load(counts + (<usize>g << 4))), e)));
    }
}

/**
 * Natural logarithm of normal positive numbers, within 1 ulp or so: x = 2^e (1 + f) with 1 + f from √½ to √2, and
 * log(1 + f) = 2 artanh(f / (2 + f)).
 */
function log4(x: v128): v128 {
  const exponent = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(exponent, 23)), f32x4.splat(1));
  const e = f32x4.convert_i32x4_s(exponent);
  const s = f32x4.div(f, f32x4.add(f32x4.splat(2), f));
  const z = f32x4.mul(s, s);
  let p = f32x4.add(f32x4.splat(<f32>(2.0 / 9)), f32x4.mul(z, f32x4.splat(<f32>(2.0 / 11))));
  p = f32x4.add(f32x4.splat(<f32>(2.0 / 7)), f32x4.mul(z, p));
  p = f32x4.add(f32x4.splat(<f32>(2.0 / 5)), f32x4.mul(z, p));
  p = f32x4.add(f32x4.splat(<f32>(2.0 / 3)), f32x4.mul(z, p));
  // log(1 + f) = f - s (f - z p): the large part of 2 artanh(s) is f itself
  const rest = f32x4.sub(f32x4.mul(e, f32x4.splat(<f32>1.428606765330187e-6)), f32x4.mul(s, f32x4.sub(f, f32x4.mul(z, p))));
  return f32x4.add(f32x4.mul(e, f32x4.splat(<f32>0.693145751953125)), f32x4.add(f, rest));
}
