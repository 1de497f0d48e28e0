// Recursive filters and the resampler on 8 channels at a time. AssemblyScript; scripts/build-kernels.mjs compiles
// it into kernel.wasm.ts. Samples stand in "lanes": the 8 channels of a group side by side in float64, 64 bytes a
// sample. Only IEEE add, subtract and multiply, each lane in the order of src/signal/plain-sosfilt.ts, and a kernel's
// taps one after the other: the bits are those of plain loops. Pointers are bytes.

const LANES: usize = 64;

/**
 * Puts 8 channels into lanes.
 * @param rows the first channel's samples, float32; the next channel's are `stride` bytes further on
 */
export function gather(lanes: usize, rows: usize, stride: usize, n: i32): void {
  for (let pair: usize = 0; pair < 4; pair++) {
    let a = rows + 2 * pair * stride;
    let b = a + stride;
    let to = lanes + (pair << 4);
    let t = 0;
    for (; t + 4 <= n; t += 4) {
      const x = v128.load(a), y = v128.load(b);
      const low = i32x4.shuffle(x, y, 0, 4, 1, 5), high = i32x4.shuffle(x, y, 2, 6, 3, 7);
      v128.store(to, f64x2.promote_low_f32x4(low));
      v128.store(to, f64x2.promote_low_f32x4(i64x2.shuffle(low, low, 1, 1)), 64);
      v128.store(to, f64x2.promote_low_f32x4(high), 128);
      v128.store(to, f64x2.promote_low_f32x4(i64x2.shuffle(high, high, 1, 1)), 192);
      a += 16;
      b += 16;
      to += 4 * LANES;
    }
    for (; t < n; t++) {
      store<f64>(to, <f64>load<f32>(a));
      store<f64>(to, <f64>load<f32>(b), 8);
      a += 4;
      b += 4;
      to += LANES;
    }
  }
}

/** The way back. */
function scatter(rows: usize, lanes: usize, stride: usize, n: i32): void {
  for (let pair: usize = 0; pair < 4; pair++) {
    let a = rows + 2 * pair * stride;
    let b = a + stride;
    let from = lanes + (pair << 4);
    let t = 0;
    for (; t + 4 <= n; t += 4) {
      const x = f32x4.demote_f64x2_zero(v128.load(from)), y = f32x4.demote_f64x2_zero(v128.load(from, 64));
      const z = f32x4.demote_f64x2_zero(v128.load(from, 128)), w = f32x4.demote_f64x2_zero(v128.load(from, 192));
      const xy = i32x4.shuffle(x, y, 0, 4, 1, 5), zw = i32x4.shuffle(z, w, 0, 4, 1, 5);
      v128.store(a, i64x2.shuffle(xy, zw, 0, 2));
      v128.store(b, i64x2.shuffle(xy, zw, 1, 3));
      a += 16;
      b += 16;
      from += 4 * LANES;
    }
    for (; t < n; t++) {
      store<f32>(a, <f32>load<f64>(from));
      store<f32>(b, <f32>load<f64>(from, 8));
      a += 4;
      b += 4;
      from += LANES;
    }
  }
}

/**
 * Filters rows of float32 in place by second-order sections, group after group.
 * @param rows `8 * groups` channels of n samples
 * @param work room for the lanes of n samples
 * @param sections six float64 each: b0 b1 b2 1 a1 a2
 * @param state group after group, of each section two numbers in lanes
 */
export function filter(rows: usize, n: i32, groups: i32, work: usize, sections: usize, count: i32, state: usize): void {
  const stride = <usize>n << 2;
  for (let g = 0; g < groups; g++) {
    gather(work, rows, stride, n);
    let c = sections;
    for (let s = 0; s < count; s++) {
      section(work, n, c, state);
      c += 48;
      state += 2 * LANES;
    }
    scatter(rows, work, stride, n);
    rows += stride << 3;
  }
}

/** One section, direct form II transposed, over lanes in place. */
function section(lanes: usize, n: i32, c: usize, state: usize): void {
  const b0 = v128.load_splat<f64>(c), b1 = v128.load_splat<f64>(c, 8), b2 = v128.load_splat<f64>(c, 16);
  const a1 = v128.load_splat<f64>(c, 32), a2 = v128.load_splat<f64>(c, 40);
  let p0 = v128.load(state), q0 = v128.load(state, 16), r0 = v128.load(state, 32), s0 = v128.load(state, 48);
  let p1 = v128.load(state, 64), q1 = v128.load(state, 80), r1 = v128.load(state, 96), s1 = v128.load(state, 112);
  const end = lanes + <usize>n * LANES;
  for (; lanes < end; lanes += LANES) {
    let x = v128.load(lanes);
    let y = f64x2.add(f64x2.mul(b0, x), p0);
    v128.store(lanes, y);
    p0 = f64x2.add(f64x2.sub(f64x2.mul(b1, x), f64x2.mul(a1, y)), p1);
    p1 = f64x2.sub(f64x2.mul(b2, x), f64x2.mul(a2, y));
    x = v128.load(lanes, 16);
    y = f64x2.add(f64x2.mul(b0, x), q0);
    v128.store(lanes, y, 16);
    q0 = f64x2.add(f64x2.sub(f64x2.mul(b1, x), f64x2.mul(a1, y)), q1);
    q1 = f64x2.sub(f64x2.mul(b2, x), f64x2.mul(a2, y));
    x = v128.load(lanes, 32);
    y = f64x2.add(f64x2.mul(b0, x), r0);
    v128.store(lanes, y, 32);
    r0 = f64x2.add(f64x2.sub(f64x2.mul(b1, x), f64x2.mul(a1, y)), r1);
    r1 = f64x2.sub(f64x2.mul(b2, x), f64x2.mul(a2, y));
    x = v128.load(lanes, 48);
    y = f64x2.add(f64x2.mul(b0, x), s0);
    v128.store(lanes, y, 48);
    s0 = f64x2.add(f64x2.sub(f64x2.mul(b1, x), f64x2.mul(a1, y)), s1);
    s1 = f64x2.sub(f64x2.mul(b2, x), f64x2.mul(a2, y));
  }
  v128.store(state, p0);
  v128.store(state, q0, 16);
  v128.store(state, r0, 32);
  v128.store(state, s0, 48);
  v128.store(state, p1, 64);
  v128.store(state, q1, 80);
  v128.store(state, r1, 96);
  v128.store(state, s1, 112);
}

/**
 * One group's outputs of the resampler.
 * @param out 8 rows of float32, `stride` bytes apart, to be written from the start
 * @param held lanes of the samples; sample `base` is the one at or before the first output
 * @param phases for each phase three int32: bytes to its taps, samples from `base` to its first, how many
 * @param part and `whole`: what one output adds to the phase and to `base`, before the phase runs over at `up`
 */
export function resample(out: usize, stride: usize, n: i32, held: usize, base: i32, phases: usize, taps: usize, phase: i32, up: i32, part: i32, whole: i32): void {
  for (let t = 0; t < n; t++) {
    const row = phases + <usize>phase * 12;
    let tap = taps + <usize>load<i32>(row);
    let at = held + <usize>(base + load<i32>(row, 4)) * LANES;
    const end = tap + (<usize>load<i32>(row, 8) << 3);
    let p = f64x2.splat(0), q = p, r = p, s = p;
    for (; tap < end; tap += 8) {
      const h = v128.load_splat<f64>(tap);
      p = f64x2.add(p, f64x2.mul(v128.load(at), h));
      q = f64x2.add(q, f64x2.mul(v128.load(at, 16), h));
      r = f64x2.add(r, f64x2.mul(v128.load(at, 32), h));
      s = f64x2.add(s, f64x2.mul(v128.load(at, 48), h));
      at += LANES;
    }
    p = f32x4.demote_f64x2_zero(p);
    q = f32x4.demote_f64x2_zero(q);
    r = f32x4.demote_f64x2_zero(r);
    s = f32x4.demote_f64x2_zero(s);
    let to = out + (<usize>t << 2);
    v128.store_lane<f32>(to, p, 0);
    v128.store_lane<f32>(to += stride, p, 1);
    v128.store_lane<f32>(to += stride, q, 0);
    v128.store_lane<f32>(to += stride, q, 1);
    v128.store_lane<f32>(to += stride, r, 0);
    v128.store_lane<f32>(to += stride, r, 1);
    v128.store_lane<f32>(to += stride, s, 0);
    v128.store_lane<f32>(to += stride, s, 1);
    phase += part;
    base += whole;
    if (phase >= up) {
      phase -= up;
      base++;
    }
  }
}
