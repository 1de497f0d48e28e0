/**
 * LaBraM-Base as a classifier (Jiang, Zhao & Lu, ICLR 2024, "Large Brain Model for Learning Generic Representations
 * with Tremendous EEG Data in BCI"): patches of 1 s at 200 Hz, three convolutions each, embeddings of electrode and
 * time, 12 layers of width 200 with 10 heads and normalised queries and keys, the mean over patches, a head.
 * Tensors are named as in the authors' fine-tuned checkpoints.
 */
export const sfreq = 200;
const width = 200;
const patch = 200;

/** Rows of the electrodes' embedding in the authors' checkpoints; row 0 is the class token's. */
// prettier-ignore
export const electrodes = (
  "Fp1 Fpz Fp2 AF9 AF7 AF5 AF3 AF1 AFz AF2 AF4 AF6 AF8 AF10 F9 F7 F5 F3 F1 Fz F2 F4 F6 F8 F10 " +
  "FT9 FT7 FC5 FC3 FC1 FCz FC2 FC4 FC6 FT8 FT10 T9 T7 C5 C3 C1 Cz C2 C4 C6 T8 T10 " +
  "TP9 TP7 CP5 CP3 CP1 CPz CP2 CP4 CP6 TP8 TP10 P9 P7 P5 P3 P1 Pz P2 P4 P6 P8 P10 " +
  "PO9 PO7 PO5 PO3 PO1 POz PO2 PO4 PO6 PO8 PO10 O1 Oz O2 O9 CB1 CB2 Iz O10 T3 T5 T4 T6 M1 M2 A1 A2"
).split(" ");

export function build(parts, { batch, channels, seconds, classes, layers = 12 }) {
  const { graph, op, numbers, weight, attend, conv, feedForward, gelu, groupNorm, layerNorm, linear } = parts;
  const patches = channels.length * seconds;
  const x = graph.input("eeg", [batch, channels.length, seconds, patch]);

  let h = op.reshape(x, [batch, 1, patches, patch]);
  for (const [i, kernel, stride] of [
    [1, 15, 8],
    [2, 3, 1],
    [3, 3, 1],
  ]) {
    const options = { out: 8, kernel: [1, kernel], strides: [1, stride], padding: [0, (kernel - 1) / 2] };
    h = gelu(groupNorm(`patch_embed.norm${i}`, conv(`patch_embed.conv${i}`, h, options), 4));
  }
  h = op.reshape(op.transpose(h, [0, 2, 3, 1]), [batch, patches, width]);

  const first = op.expand(weight("cls_token", [1, 1, width]), [batch, 1, width]);
  h = op.add(
    op.concat([first, h], 1),
    graph.constant(positions(numbers, channels, seconds), [1, patches + 1, width]),
  );

  let rows = op.reshape(h, [batch * (patches + 1), width]);
  for (let l = 0; l < layers; l++) {
    const name = `blocks.${l}`;
    const gamma = (i, y) => op.mul(y, weight(`${name}.gamma_${i}`, [width]));
    const qkv = linear(`${name}.attn.qkv`, layerNorm(`${name}.norm1`, rows), {
      out: 3 * width,
      bias: false,
    });
    const seen = attend(qkv, {
      batch,
      heads: 10,
      change: (factor) => ({
        query: (q) => layerNorm(`${name}.attn.q_norm`, q, { scale: factor }),
        key: (k) => layerNorm(`${name}.attn.k_norm`, k),
      }),
    });
    rows = op.add(rows, gamma(1, linear(`${name}.attn.proj`, seen, { out: width })));
    const up = [`${name}.mlp.fc1`, `${name}.mlp.fc2`];
    rows = op.add(rows, gamma(2, feedForward(up, layerNorm(`${name}.norm2`, rows), 4 * width)));
  }

  const tokens = op.slice(op.reshape(rows, [batch, patches + 1, width]), {
    axis: 1,
    start: 1,
    end: patches + 1,
  });
  const mean = op.reshape(op.reduceMean(tokens, [1]), [batch, width]);
  graph.output("logits", linear("head", layerNorm("fc_norm", mean), { out: classes }));
}

/** Embeddings of electrode and second, added up for every token: the class token's, then patch after patch. */
function positions(numbers, channels, seconds) {
  const places = numbers("pos_embed", [1, 129, width]);
  const times = numbers("time_embed", [1, 16, width]);
  const out = new Float32Array((channels.length * seconds + 1) * width);
  out.set(places.subarray(0, width));
  channels.forEach((name, c) => {
    const row = electrodes.findIndex((each) => each.toLowerCase() === name.toLowerCase()) + 1;
    if (row === 0) throw new RangeError(`LaBraM has no electrode ${name}; it has ${electrodes.join(", ")}`);
    for (let a = 0; a < seconds; a++)
      for (let i = 0; i < width; i++)
        out[(c * seconds + a + 1) * width + i] = places[row * width + i] + times[a * width + i];
  });
  return out;
}
