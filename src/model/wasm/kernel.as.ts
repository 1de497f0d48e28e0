// The encoder's streaming form: one patch in, logits out, keys and values cached. AssemblyScript;
// scripts/build-kernels.mjs compiles it into kernel.wasm.ts. Only IEEE add, multiply, divide and square root on
// float32, in one fixed order. engine.ts lays the memory out and writes the plan; pointers are bytes.
//
// A slot's memory: validity[columns] (all bits or none, one lane a column), then for each layer the keys
// transposed [width][columns] and the values [columns][valueWidth]. A column is a patch of the grid; the newest
// window ends at `column`, so that lanes stand for ages whatever the patch's index is.

// Fields of the plan, 32-bit integers, by byte offset.
const LAYERS = 0, HEADS = 4, WIDTH = 8, HEAD_WIDTH = 12, VALUE_HEAD = 16, LANES = 20, COLUMNS = 24, FEATURES = 28;
const FEED_FORWARD = 32, CLASSES = 36, SCALE = 40; // scale is float32: 1 / √(width / heads)
const TOKEN = 44, X = 48, H = 52, QKV = 56, MIXED = 60, HIDDEN = 64, SCORES = 68, LOGITS = 72;
const EMBED = 76, NORM = 80, HEAD = 84, FIRST_LAYER = 88;
// Fields of a layer, from FIRST_LAYER on, `LAYER_BYTES` each.
const LAYER_BYTES: usize = 28;
const NORM1 = 0, IN = 4, AGES = 8, OUT = 12, NORM2 = 16, UP = 20, DOWN = 24;

function at(plan: usize, field: usize): usize {
  return <usize>load<u32>(plan + field);
}

function up4(n: usize): usize {
  return (n + 3) & ~3;
}

/** Encodes one patch: token at TOKEN, logits to LOGITS. `column` is marked valid and joins the slot's cache. */
export function hop(plan: usize, slot: usize, column: usize): void {
  const width = at(plan, WIDTH);
  const columns = at(plan, COLUMNS);
  const x = at(plan, X), h = at(plan, H), qkv = at(plan, QKV), mixed = at(plan, MIXED), hidden = at(plan, HIDDEN);
  const heads = at(plan, HEADS), valueWidth = heads * at(plan, VALUE_HEAD), feedForward = at(plan, FEED_FORWARD);
  store<i32>(slot + (column << 2), -1);
  linear(x, at(plan, TOKEN), at(plan, EMBED), at(plan, FEATURES), width, false);
  let keys = slot + (columns << 2);
  let layer = plan + FIRST_LAYER;
  for (let l = at(plan, LAYERS); l > 0; l--, layer += LAYER_BYTES) {
    const values = keys + ((width * columns) << 2);
    layerNorm(h, x, at(layer, NORM1), width);
    linear(qkv, h, at(layer, IN), width, 2 * width + valueWidth, false);
    const key = qkv + (width << 2);
    for (let i: usize = 0; i < width; i++) store<f32>(keys + ((i * columns + column) << 2), load<f32>(key + (i << 2)));
    memory.copy(values + ((column * valueWidth) << 2), key + (width << 2), valueWidth << 2);
    attend(plan, layer, slot, column, keys, values);
    linear(x, mixed, at(layer, OUT), valueWidth, width, true);
    layerNorm(h, x, at(layer, NORM2), width);
    linear(hidden, h, at(layer, UP), width, feedForward, false);
    silu(hidden, feedForward);
    linear(x, hidden, at(layer, DOWN), feedForward, width, true);
    keys = values + ((columns * valueWidth) << 2);
  }
  layerNorm(h, x, at(plan, NORM), width);
  linear(at(plan, LOGITS), h, at(plan, HEAD), width, at(plan, CLASSES), false);
}

/** Keeps `kept` columns that begin at `from`, as the slot's first ones; all others become invalid. */
export function shift(plan: usize, slot: usize, from: usize, kept: usize): void {
  const columns = at(plan, COLUMNS), width = at(plan, WIDTH);
  const valueWidth = at(plan, HEADS) * at(plan, VALUE_HEAD);
  memory.copy(slot, slot + (from << 2), kept << 2);
  memory.fill(slot + (kept << 2), 0, (columns - kept) << 2);
  let keys = slot + (columns << 2);
  for (let l = at(plan, LAYERS); l > 0; l--) {
    for (let i: usize = 0; i < width; i++) {
      const row = keys + ((i * columns) << 2);
      memory.copy(row, row + (from << 2), kept << 2);
    }
    const values = keys + ((width * columns) << 2);
    memory.copy(values, values + ((from * valueWidth) << 2), (kept * valueWidth) << 2);
    keys = values + ((columns * valueWidth) << 2);
  }
}

/**
 * y = w x + b, or y += w x + b. Weights lie in panels of 16 outputs: their 16 biases, then for each input their
 * 16 weights; inputs are even in number (padded). Even and odd inputs are summed apart, then added.
 */
function linear(y: usize, x: usize, w: usize, inputs: usize, outputs: usize, add: bool): void {
  const end = x + (((inputs + 1) & ~1) << 2);
  for (const stop = y + (outputs << 2); y < stop; y += 64) {
    let a0 = v128.load(w), a1 = v128.load(w, 16), a2 = v128.load(w, 32), a3 = v128.load(w, 48);
    let b0 = f32x4.splat(0), b1 = b0, b2 = b0, b3 = b0;
    w += 64;
    for (let p = x; p < end; p += 8) {
      const even = v128.load_splat<f32>(p), odd = v128.load_splat<f32>(p, 4);
      a0 = f32x4.add(a0, f32x4.mul(even, v128.load(w)));
      a1 = f32x4.add(a1, f32x4.mul(even, v128.load(w, 16)));
      a2 = f32x4.add(a2, f32x4.mul(even, v128.load(w, 32)));
      a3 = f32x4.add(a3, f32x4.mul(even, v128.load(w, 48)));
      b0 = f32x4.add(b0, f32x4.mul(odd, v128.load(w, 64)));
      b1 = f32x4.add(b1, f32x4.mul(odd, v128.load(w, 80)));
      b2 = f32x4.add(b2, f32x4.mul(odd, v128.load(w, 96)));
      b3 = f32x4.add(b3, f32x4.mul(odd, v128.load(w, 112)));
      w += 128;
    }
    a0 = f32x4.add(a0, b0);
    a1 = f32x4.add(a1, b1);
    a2 = f32x4.add(a2, b2);
    a3 = f32x4.add(a3, b3);
    if (add) {
      a0 = f32x4.add(v128.load(y), a0);
      a1 = f32x4.add(v128.load(y, 16), a1);
      a2 = f32x4.add(v128.load(y, 32), a2);
      a3 = f32x4.add(v128.load(y, 48), a3);
    }
    v128.store(y, a0);
    v128.store(y, a1, 16);
    v128.store(y, a2, 32);
    v128.store(y, a3, 48);
  }
}

function sumLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** y = (x - mean) / √(variance + 1e-5) · weight + bias; `w` holds the weights, then (from a multiple of 4) the biases. */
function layerNorm(y: usize, x: usize, w: usize, n: usize): void {
  const bias = w + (up4(n) << 2);
  const whole = (n & ~3) << 2, all = n << 2;
  let sums = f32x4.splat(0);
  for (let i: usize = 0; i < whole; i += 16) sums = f32x4.add(sums, v128.load(x + i));
  let sum = sumLanes(sums);
  for (let i = whole; i < all; i += 4) sum += load<f32>(x + i);
  const mean = sum / <f32>n;
  const m = f32x4.splat(mean);
  sums = f32x4.splat(0);
  for (let i: usize = 0; i < whole; i += 16) {
    const d = f32x4.sub(v128.load(x + i), m);
    sums = f32x4.add(sums, f32x4.mul(d, d));
  }
  sum = sumLanes(sums);
  for (let i = whole; i < all; i += 4) {
    const d = load<f32>(x + i) - mean;
    sum += d * d;
  }
  const factor: f32 = 1 / sqrt<f32>(sum / <f32>n + <f32>1e-5);
  const f = f32x4.splat(factor);
  for (let i: usize = 0; i < whole; i += 16) {
    const d = f32x4.mul(f32x4.sub(v128.load(x + i), m), f);
    v128.store(y + i, f32x4.add(f32x4.mul(d, v128.load(w + i)), v128.load(bias + i)));
  }
  for (let i = whole; i < all; i += 4)
    store<f32>(y + i, (load<f32>(x + i) - mean) * factor * load<f32>(w + i) + load<f32>(bias + i));
}

/** Attention of the newest column over the window that ends with it, head after head, from QKV to MIXED. */
function attend(plan: usize, layer: usize, slot: usize, column: usize, keys: usize, values: usize): void {
  const heads = at(plan, HEADS), headWidth = at(plan, HEAD_WIDTH), valueHead = at(plan, VALUE_HEAD);
  const lanes = at(plan, LANES), columns = at(plan, COLUMNS), scores = at(plan, SCORES);
  const scale = f32x4.splat(load<f32>(plan + SCALE));
  const first = column + 1 - lanes;
  const valid = slot + (first << 2);
  const rowBytes = columns << 2, valueBytes = (heads * valueHead) << 2, laneBytes = lanes << 2;
  let query = at(plan, QKV), mixed = at(plan, MIXED), ages = at(layer, AGES);
  let key = keys + (first << 2), value = values + first * valueBytes;
  for (let head: usize = 0; head < heads; head++) {
    let highest = f32x4.splat(-3e38);
    for (let t: usize = 0; t < laneBytes; t += 16) {
      let sum = f32x4.splat(0);
      let k = key + t;
      for (let i: usize = 0; i < headWidth; i++, k += rowBytes)
        sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(query + (i << 2)), v128.load(k)));
      const score = f32x4.add(f32x4.mul(sum, scale), v128.load(ages + t));
      const masked = v128.bitselect(score, f32x4.splat(-3e38), v128.load(valid + t));
      v128.store(scores + t, masked);
      highest = f32x4.pmax(highest, masked);
    }
    const top = f32x4.splat(
      max(
        max(f32x4.extract_lane(highest, 0), f32x4.extract_lane(highest, 1)),
        max(f32x4.extract_lane(highest, 2), f32x4.extract_lane(highest, 3)),
      ),
    );
    let total = f32x4.splat(0);
    for (let t: usize = 0; t < laneBytes; t += 16) {
      const e = v128.and(exp4(f32x4.sub(v128.load(scores + t), top)), v128.load(valid + t));
      v128.store(scores + t, e);
      total = f32x4.add(total, e);
    }
    const share = f32x4.splat(1 / sumLanes(total));
    for (let i: usize = 0; i < valueHead << 2; i += 16) {
      let sum = f32x4.splat(0);
      let v = value + i;
      for (let t: usize = 0; t < laneBytes; t += 4, v += valueBytes)
        sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(scores + t), v128.load(v)));
      v128.store(mixed + i, f32x4.mul(sum, share));
    }
    query += headWidth << 2;
    key += headWidth * rowBytes;
    mixed += valueHead << 2;
    value += valueHead << 2;
    ages += laneBytes;
  }
}

/** x = x / (1 + exp(-x)), in place. */
function silu(x: usize, n: usize): void {
  const one = f32x4.splat(1);
  for (const end = x + (n << 2); x < end; x += 16) {
    const v = v128.load(x);
    v128.store(x, f32x4.div(v, f32x4.add(one, exp4(f32x4.neg(v)))));
  }
}

/**
 * exp, within 1 ulp or so between -87 and 88 and held there outside: 2^n e^r with r at most ln(2)/2, and e^r by
 * its Taylor series up to r^7. Adding 1.5 · 2^23 rounds to an integer and leaves its bits at the low end.
 */
function exp4(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87)), f32x4.splat(88));
  const rounder = f32x4.splat(12582912);
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(<f32>1.4426950408889634)), rounder);
  const n = f32x4.sub(shifted, rounder);
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(<f32>0.693145751953125)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(<f32>1.428606765330187e-6)));
  let p = f32x4.add(f32x4.splat(<f32>(1.0 / 720)), f32x4.mul(r, f32x4.splat(<f32>(1.0 / 5040))));
  p = f32x4.add(f32x4.splat(<f32>(1.0 / 120)), f32x4.mul(r, p));
  p = f32x4.add(f32x4.splat(<f32>(1.0 / 24)), f32x4.mul(r, p));
  p = f32x4.add(f32x4.splat(<f32>(1.0 / 6)), f32x4.mul(r, p));
  p = f32x4.add(f32x4.splat(0.5), f32x4.mul(r, p));
  p = f32x4.add(r, f32x4.mul(f32x4.mul(r, r), p));
  const two = i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(127 << 23));
  return f32x4.mul(f32x4.add(f32x4.splat(1), p), two);
}
