// The encoder and its loss in TensorFlow.js, written as one would there: the peer of training-graph.ts in the
// benchmark, and the oracle of its gradients in the tests.
import * as tf from "@tensorflow/tfjs-core";

const patch = 80;
const stride = 16;

/**
 * @param model sizes as in src/model/encoder.ts, and epsilon and centred as in the training graph
 * @returns the loss as a function of the model's tensors and the inputs of the training graph, both by name
 */
export function tfjsLoss({ sizes, epsilon, centred }) {
  const { components, bands, average, width, layers, heads, window } = sizes;
  const each = width / heads;

  function mix(w, { phi, present, gain }) {
    const [batch, channels] = present.shape;
    const there = tf.reshape(present, [batch, 1, channels]);
    const all = tf.matMul(w["mix.weight"], phi, false, true);
    const kept = tf.mul(tf.expandDims(all, 0), there);
    const normalised = tf.div(kept, tf.sqrt(tf.sum(tf.square(kept), 2, true)));
    const mean = tf.div(tf.sum(normalised, 2, true), tf.sum(there, 2, true));
    return tf.mul(tf.sub(normalised, tf.mul(there, mean)), tf.reshape(gain, [batch, 1, channels]));
  }

  function filters(w) {
    const t = tf.tensor2d(
      Array.from({ length: patch }, (_, n) => (2 * Math.PI * (n - (patch - 1) / 2)) / 160),
      [patch, 1],
    );
    const shape = tf.exp(tf.mul(-0.5, tf.square(tf.mul(t, w["bands.width"]))));
    const weight = tf.div(shape, tf.sum(shape, 0, true));
    const phase = tf.mul(t, w["bands.centre"]);
    return tf.concat([tf.mul(weight, tf.cos(phase)), tf.mul(weight, tf.sin(phase))], 1);
  }

  function tokens(w, inputs) {
    const mixed = tf.matMul(mix(w, inputs), inputs.samples);
    const [batch, , n] = mixed.shape;
    const seen = (n - patch) / stride + 1;
    const patches = seen - average + 1;
    const rows = batch * components;
    const strides = tf.reshape(mixed, [rows, n / stride, stride]);
    const parts = [0, 1, 2, 3, 4].map((i) => tf.slice(strides, [0, i, 0], [rows, seen, stride]));
    const q = tf.matMul(tf.reshape(tf.concat(parts, 2), [rows * seen, patch]), filters(w));
    const power = tf.sum(tf.reshape(tf.square(q), [rows * seen, 2, bands]), 1);
    const byPatch = tf.transpose(tf.reshape(power, [batch, components, seen, bands]), [0, 2, 1, 3]);
    const smooth = average > 1 ? means(byPatch, inputs.mask) : byPatch;
    const raw = tf.reshape(tf.log(tf.add(smooth, epsilon)), [batch * patches, components * bands]);
    const flat = tf.div(tf.sub(raw, w["token.mean"]), w["token.deviation"]);
    const x = centred
      ? tf.div(doublyCentred(tf.mul(flat, w["token.deviation"])), inputs["centred.deviation"])
      : flat;
    return { batch, patches, x };
  }

  /** Means over the valid ones of the last `average` patches: [batch, seen, S, K] to [batch, patches, S, K]. */
  function means(power, mask) {
    const [batch, seen] = power.shape;
    const patches = seen - average + 1;
    const band = Array.from({ length: patches }, (_, p) =>
      Array.from({ length: seen }, (_, j) => (j >= p && j < p + average ? 1 : 0)),
    );
    const kept = tf.mul(
      tf.tensor3d([band]),
      tf.reshape(tf.cast(tf.equal(mask, 0), "float32"), [batch, 1, seen]),
    );
    const share = tf.div(kept, tf.maximum(tf.sum(kept, 2, true), 1));
    const flat = tf.matMul(share, tf.reshape(power, [batch, seen, components * bands]));
    return tf.reshape(flat, [batch, patches, components, bands]);
  }

  function doublyCentred(flat) {
    const table = tf.reshape(flat, [flat.shape[0], components, bands]);
    const once = tf.sub(table, tf.mean(table, 2, true));
    return tf.reshape(tf.sub(once, tf.mean(once, 1, true)), flat.shape);
  }

  const linear = (w, name, x) => tf.add(tf.matMul(x, w[`${name}.weight`], false, true), w[`${name}.bias`]);
  function norm(w, name, x) {
    const centred = tf.sub(x, tf.mean(x, 1, true));
    const variance = tf.mean(tf.square(centred), 1, true);
    const normalised = tf.div(centred, tf.sqrt(tf.add(variance, 1e-5)));
    return tf.add(tf.mul(normalised, w[`${name}.weight`]), w[`${name}.bias`]);
  }

  return (w, inputs) => {
    const { batch, patches, x: token } = tokens(w, inputs);
    const rows = batch * patches;
    const drop = (place, x) =>
      tf.reshape(tf.mul(tf.reshape(x, [batch, patches, x.shape[1]]), inputs[`drop.${place}`]), x.shape);
    const split = (x) => tf.transpose(tf.reshape(x, [batch, patches, heads, each]), [0, 2, 1, 3]);
    const age = Array.from({ length: patches }, (_, p) => Array.from({ length: patches }, (_, j) => p - j));
    const seen = age.map((row) => row.map((a) => (a >= 0 && a < window ? 0 : -1e30)));
    const mask = tf.slice(inputs.mask, [0, average - 1], [batch, patches]);
    const visible = tf.add(tf.tensor2d(seen), tf.reshape(mask, [batch, 1, 1, patches]));
    const ages = tf.relu(tf.tensor2d(age));

    function attention(l, h) {
      const part = (name) => split(linear(w, `layers.${l}.attention.${name}`, h));
      const slope = tf.reshape(tf.softplus(w[`layers.${l}.attention.slope`]), [heads, 1, 1]);
      const scores = tf.div(tf.matMul(part("query"), part("key"), false, true), Math.sqrt(each));
      const weight = tf.softmax(tf.add(tf.sub(scores, tf.mul(slope, ages)), visible));
      const joined = tf.transpose(tf.matMul(weight, part("value")), [0, 2, 1, 3]);
      return linear(w, `layers.${l}.attention.output`, tf.reshape(joined, [rows, width]));
    }
    function feedForward(l, h) {
      const up = linear(w, `layers.${l}.feedforward.up`, h);
      const inner = drop(`layers.${l}.feedforward.inner`, tf.mul(up, tf.sigmoid(up)));
      return linear(w, `layers.${l}.feedforward.down`, inner);
    }

    let x = drop("embed", linear(w, "embed", drop("token", token)));
    for (let l = 0; l < layers; l++) {
      x = tf.add(x, drop(`layers.${l}.attention`, attention(l, norm(w, `layers.${l}.norm1`, x))));
      x = tf.add(x, drop(`layers.${l}.feedforward`, feedForward(l, norm(w, `layers.${l}.norm2`, x))));
    }
    const logits = linear(w, "head", norm(w, "norm", x));
    const agreement = tf.sum(tf.mul(tf.reshape(inputs.target, logits.shape), tf.logSoftmax(logits)), 1);
    return tf.neg(tf.sum(tf.mul(agreement, tf.reshape(inputs.weight, [rows]))));
  };
}
