// A label as the stream goes on against recomputing the window that it looks back on, everything included: filters,
// reference, tokens, encoder. And what many streams at once cost a core.
import { createRandom } from "../dist/eeg/random.js";
import { createSession } from "../dist/decode/session.js";
import { contextSeconds, parameterShapes } from "../dist/model/encoder.js";
import { benchModel, cpuMs, spread } from "./models.js";
import { synthetic } from "../dist/index.node.js";

export const name = "streams";

const hz = 160;
/** Those of EEGMMIDB. */
const electrodes =
  "FC5 FC3 FC1 FCz FC2 FC4 FC6 C5 C3 C1 Cz C2 C4 C6 CP5 CP3 CP1 CPz CP2 CP4 CP6 Fp1 Fpz Fp2 AF7 AF3 AFz AF4 AF8 F7 F5 F3 F1 Fz F2 F4 F6 F8 FT7 FT8 T7 T8 T9 T10 TP7 TP8 P7 P5 P3 P1 Pz P2 P4 P6 P8 PO7 PO3 POz PO4 PO8 O1 Oz O2 Iz".split(
    " ",
  );
const hopSamples = 16;
const rounds = 7;
/** 4.3 s of context: two layers that see 20 patches each, no average before them. */
const shortSizes = {
  components: 16,
  bands: 12,
  average: 1,
  width: 64,
  layers: 2,
  heads: 4,
  feedForward: 128,
  window: 20,
  classes: 2,
};

export async function run(print) {
  const shipped = await benchModel();
  print(`64 channels at 160 Hz, a label every 0.1 s, ${rounds} rounds, processor time`);
  for (const model of [withSizes(shipped, shortSizes), shipped]) {
    const { sizes } = model.manifest.architecture;
    const seconds = contextSeconds(sizes);
    const { info, samples } = await signal(Math.ceil(seconds) + 20);
    const hop = [];
    const window = [];
    for (let round = -1; round < rounds; round++) {
      const ofHop = await hopMs(model, info, samples);
      const ofWindow = await windowMs(model, { info, samples }, Math.round(seconds * hz));
      if (round < 0) continue;
      hop.push(ofHop * 1e3);
      window.push(ofWindow * 1e3);
    }
    const a = spread(hop);
    const b = spread(window);
    print(`${seconds.toFixed(1)} s of context           min   median  µs a label`);
    print(`as the stream goes on  ${cell(a.min)} ${cell(a.median)}`);
    print(`the window again       ${cell(b.min)} ${cell(b.median)}`);
    print(`ratio                  ${cell(b.min / a.min)} ${cell(b.median / a.median)}`);
  }
  for (const nStreams of [1, 64, 256]) {
    const share = [];
    for (let round = -1; round < 3; round++) {
      const used = await coreShare(shipped, nStreams);
      if (round >= 0) share.push(used * 100);
    }
    const { min, median } = spread(share);
    print(
      `${String(nStreams).padStart(3)} streams use ${min.toFixed(1)} % of a core (median ${median.toFixed(1)} %)`,
    );
  }
}

const cell = (value) => value.toFixed(1).padStart(8);

/** Seeded resting EEG of 64 channels at 160 Hz. */
async function signal(seconds) {
  let info;
  const parts = [];
  for await (const item of synthetic({
    seed: 1,
    sfreq: { num: hz, den: 1 },
    electrodes,
    schedule: [{ state: "eyes-closed", seconds }],
  })) {
    if (item.kind === "info") info = item.stream;
    if (item.kind === "samples") parts.push(item);
  }
  const nSamples = parts.reduce((n, part) => n + part.nSamples, 0);
  const channels = info.channels.length;
  const data = new Float32Array(channels * nSamples);
  let at = 0;
  for (const part of parts) {
    for (let c = 0; c < channels; c++)
      data.set(part.data.subarray(c * part.nSamples, (c + 1) * part.nSamples), c * nSamples + at);
    at += part.nSamples;
  }
  return { info, samples: { data, nSamples, channels } };
}

function piece({ data, nSamples, channels }, { from, length, start = from }) {
  const cut = new Float32Array(channels * length);
  for (let c = 0; c < channels; c++)
    cut.set(data.subarray(c * nSamples + from, c * nSamples + from + length), c * length);
  return { kind: "samples", start, data: cut, nSamples: length };
}

function push(decoder, item) {
  let last = null;
  for (const places of decoder.push(item))
    for (const place of places) last = decoder.decide(place, decoder.encode(place)) ?? last;
  return last;
}

async function hopMs(model, info, samples) {
  const session = createSession(model, { clock: "none" });
  const decoder = session.begin(info);
  const warm = samples.nSamples - 10 * hz;
  push(decoder, piece(samples, { from: 0, length: warm }));
  const items = Array.from({ length: 100 }, (_, i) =>
    piece(samples, { from: warm + i * hopSamples, length: hopSamples }),
  );
  const ms = await cpuMs(() => items.forEach((item) => push(decoder, item)));
  await session.release();
  return ms / items.length;
}

async function windowMs(model, { info, samples }, length) {
  const session = createSession(model, { clock: "none" });
  const times = 20;
  const items = Array.from({ length: times }, (_, i) =>
    piece(samples, { from: i * hopSamples, length: length, start: 0 }),
  );
  const ms = await cpuMs(() => {
    for (const item of items) {
      const decoder = session.begin(info);
      push(decoder, item);
      decoder.close();
    }
  });
  await session.release();
  return ms / times;
}

/** Processor time a second of signal of so many streams. */
async function coreShare(model, nStreams) {
  const { info, samples } = await signal(16);
  const session = createSession(model, { clock: "none" });
  const decoders = Array.from({ length: nStreams }, () => session.begin(info));
  const items = Array.from({ length: 10 * 16 - 1 }, (_, i) =>
    piece(samples, { from: i * hopSamples, length: hopSamples }),
  );
  for (const item of items.slice(0, 109)) for (const decoder of decoders) push(decoder, item);
  const rest = items.slice(109);
  const ms = await cpuMs(() => {
    for (const item of rest) for (const decoder of decoders) push(decoder, item);
  });
  await session.release();
  return ms / (rest.length * 100);
}

/** The same model with other sizes and random weights. */
function withSizes(model, sizes) {
  const random = createRandom(1);
  const weights = new Map(
    [...parameterShapes(sizes)].map(([tensor, shape]) => {
      const length = shape.reduce((product, n) => product * n, 1);
      const spreadOf = 1 / Math.sqrt(shape.at(-1));
      return [tensor, Float32Array.from({ length }, () => random.normal() * spreadOf)];
    }),
  );
  weights.get("bands.centre").forEach((_, k, centre) => (centre[k] = 3 + 3 * k));
  weights.get("bands.width").fill(1.5);
  weights.get("token.deviation").fill(1.5);
  const architecture = { ...model.manifest.architecture, sizes };
  return { ...model, manifest: { ...model.manifest, architecture }, weights };
}
