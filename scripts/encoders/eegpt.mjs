/**
 * EEGPT's encoder with a linear probe (Wang, Liu, He, Xu, Ma & Li, NeurIPS 2024, "EEGPT: Pretrained Transformer for
 * Universal and Reliable Representation of EEG Signals"): patches of 64 samples at 256 Hz, an embedding of the
 * electrode, in each quarter of a second 4 summary tokens that look at all channels over 8 layers of width 512 with 8
 * heads; two linear layers read the summaries. Tensors are named as in the authors' code.
 */
export const sfreq = 256;
const width = 512;
const patch = 64;
const summaries = 4;

/** Rows of the electrodes' embedding in the authors' checkpoint. */
// prettier-ignore
export const electrodes = (
  "Fp1 Fpz Fp2 AF7 AF3 AF4 AF8 F7 F5 F3 F1 Fz F2 F4 F6 F8 FT7 FC5 FC3 FC1 FCz FC2 FC4 FC6 FT8 " +
  "T7 C5 C3 C1 Cz C2 C4 C6 T8 TP7 CP5 CP3 CP1 CPz CP2 CP4 CP6 TP8 P7 P5 P3 P1 Pz P2 P4 P6 P8 " +
  "PO7 PO5 PO3 POz PO4 PO6 PO8 O1 Oz O2"
).split(" ");

export function build(parts, { batch, channels, seconds, classes, layers = 8 }) {
  const { graph, op, numbers, weight, attend, feedForward, layerNorm, linear } = parts;
  const nChannels = channels.length;
  const times = (seconds * sfreq) / patch;
  const groups = batch * times;
  const tokens = nChannels + summaries;
  const x = graph.input("eeg", [batch, nChannels, times, patch]);

  const byTime = op.reshape(op.transpose(x, [0, 2, 1, 3]), [groups * nChannels, patch]);
  const embedded = op.reshape(linear("encoder_embed", byTime, { out: width }), [groups, nChannels, width]);
  const placed = op.add(embedded, graph.constant(places(numbers, channels), [1, nChannels, width]));
  const summary = op.expand(weight("summary_time", [1, summaries, width]), [groups, summaries, width]);
  let rows = op.reshape(op.concat([placed, summary], 1), [groups * tokens, width]);

  for (let l = 0; l < layers; l++) {
    const name = `encoder_blocks.${l}`;
    const qkv = linear(`${name}.attn.qkv`, layerNorm(`${name}.norm1`, rows), {
      out: 3 * width,
    });
    const seen = attend(qkv, { batch: groups, heads: 8 });
    rows = op.add(rows, linear(`${name}.attn.proj`, seen, { out: width }));
    const up = [`${name}.mlp.fc1`, `${name}.mlp.fc2`];
    rows = op.add(rows, feedForward(up, layerNorm(`${name}.norm2`, rows), 4 * width));
  }
  const last = op.slice(op.reshape(rows, [groups, tokens, width]), {
    axis: 1,
    start: nChannels,
    end: tokens,
  });
  const one = graph.constant(new Float32Array(width).fill(1), [width]);
  const zero = graph.constant(new Float32Array(width), [width]);
  const normed = op.layerNorm(last, one, { bias: zero, epsilon: 1e-6 })[0];
  const probed = linear("linear_probe1", op.reshape(normed, [groups, summaries * width]), { out: 16 });
  graph.output("logits", linear("linear_probe2", op.reshape(probed, [batch, times * 16]), { out: classes }));
}

function places(numbers, channels) {
  const rows = numbers("chan_embed.weight", [electrodes.length, width]);
  const out = new Float32Array(channels.length * width);
  channels.forEach((name, c) => {
    const row = electrodes.findIndex((each) => each.toLowerCase() === name.toLowerCase());
    if (row < 0) throw new RangeError(`EEGPT has no electrode ${name}; it has ${electrodes.join(", ")}`);
    out.set(rows.subarray(row * width, (row + 1) * width), c * width);
  });
  return out;
}
