/**
 * CBraMod as a classifier (Wang, Zhao, Luo, Zhou, Jiang, Li, Li & Pan, ICLR 2025, "CBraMod: A Criss-Cross Brain
 * Foundation Model for EEG Decoding"): patches of 1 s at 200 Hz, by convolutions and by their spectrum, positions by a
 * convolution over channels and time, 12 layers of width 200 of which one half looks over channels and the other over
 * time, 4 heads each; the mean over patches, a head. Tensors are named as in the authors' checkpoint.
 */
export const sfreq = 200;
const width = 200;
const patch = 200;
const half = width / 2;

export function build(parts, { batch, channels, seconds, classes, layers = 12 }) {
  const { graph, op, weight, attend, conv, feedForward, gelu, groupNorm, layerNorm, linear } = parts;
  const nChannels = channels.length;
  const patches = nChannels * seconds;
  const x = graph.input("eeg", [batch, nChannels, seconds, patch]);

  let h = op.reshape(x, [batch, 1, patches, patch]);
  for (const [i, kernel, stride, padding] of [
    [0, 49, 25, 24],
    [3, 3, 1, 1],
    [6, 3, 1, 1],
  ]) {
    const options = { out: 25, kernel: [1, kernel], strides: [1, stride], padding: [0, padding] };
    const name = (k) => `patch_embedding.proj_in.${i + k}`;
    h = gelu(groupNorm(name(1), conv(name(0), h, options), 5));
  }
  const inTime = op.reshape(op.transpose(h, [0, 2, 1, 3]), [batch * patches, width]);
  const magnitudes = spectrum(parts, op.reshape(x, [batch * patches, patch]));
  const inFrequency = linear("patch_embedding.spectral_proj.0", magnitudes, { out: width });
  h = op.reshape(op.add(inTime, inFrequency), [batch, nChannels, seconds, width]);
  const places = conv("patch_embedding.positional_encoding.0", op.transpose(h, [0, 3, 1, 2]), {
    out: width,
    kernel: [19, 7],
    strides: [1, 1],
    padding: [9, 3],
    group: width,
  });
  let rows = op.reshape(op.add(h, op.transpose(places, [0, 2, 3, 1])), [batch * patches, width]);

  for (let l = 0; l < layers; l++) {
    const name = `encoder.layers.${l}`;
    const normed = layerNorm(`${name}.norm1`, rows, { epsilon: 1e-5 });
    const overTime = attention(
      `${name}.self_attn_t`,
      op.slice(normed, { axis: 1, start: half, end: width }),
      batch * nChannels,
    );
    const bySecond = turn(op.slice(normed, { axis: 1, start: 0, end: half }), nChannels, seconds);
    const overChannels = turn(
      attention(`${name}.self_attn_s`, bySecond, batch * seconds),
      seconds,
      nChannels,
    );
    rows = op.add(rows, op.concat([overChannels, overTime], 1));
    const up = [`${name}.linear1`, `${name}.linear2`];
    rows = op.add(rows, feedForward(up, layerNorm(`${name}.norm2`, rows, { epsilon: 1e-5 }), 4 * width));
  }
  const mean = op.reshape(op.reduceMean(op.reshape(rows, [batch, patches, width]), [1]), [batch, width]);
  graph.output("logits", linear("classifier", mean, { out: classes }));

  /** Rows [batch · a · b] in the order [batch · b · a]. */
  function turn(tokens, a, b) {
    return op.reshape(op.transpose(op.reshape(tokens, [batch, a, b, half]), [0, 2, 1, 3]), tokens.shape);
  }
  function attention(name, tokens, groups) {
    const w = weight(`${name}.in_proj_weight`, [3 * half, half]);
    const qkv = op.gemm(tokens, w, { transB: true, bias: weight(`${name}.in_proj_bias`, [3 * half]) });
    return linear(`${name}.out_proj`, attend(qkv, { batch: groups, heads: 4 }), { out: half });
  }
}

/** Magnitudes of the discrete Fourier transform over its length, by two matrix products. */
function spectrum({ graph, op }, x) {
  const bins = patch / 2 + 1;
  const wave = (f) => {
    const table = new Float32Array(patch * bins);
    for (let t = 0; t < patch; t++)
      for (let k = 0; k < bins; k++)
        table[t * bins + k] = f((2 * Math.PI * ((t * k) % patch)) / patch) / patch;
    return graph.constant(table, [patch, bins]);
  };
  const square = (y) => op.mul(y, y);
  return op.sqrt(op.add(square(op.gemm(x, wave(Math.cos), {})), square(op.gemm(x, wave(Math.sin), {}))));
}
