// Encoders of published architectures as ONNX files: with random weights, or with yours.
//   node scripts/encoders/make.mjs labram|cbramod|eegpt OUT.onnx [--channels C3,Cz,C4] [--seconds 4] [--classes 4]
//     [--weights FILE.safetensors] [--save-weights FILE.safetensors] [--batch 1] [--layers N] [--seed 1]
// Then: brainwire models add OUT.onnx --channels ... --sfreq ... --labels ... --scale ...
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { onnxBytes } from "../../dist/model/graph/onnx.js";
import { formatSafetensors, parseSafetensors } from "../../dist/model/safetensors.js";
import * as cbramod from "./cbramod.mjs";
import * as eegpt from "./eegpt.mjs";
import * as labram from "./labram.mjs";
import { startGraph } from "./layers.mjs";

export const encoders = { labram, cbramod, eegpt };

// prettier-ignore
export const usualChannels = "Fz FC3 FC1 FCz FC2 FC4 C5 C3 C1 Cz C2 C4 C6 CP3 CP1 CPz CP2 CP4 P1 Pz P2 POz".split(" ");

/** Rows of an encoder's embedding of electrodes, for reference.py. */
export function rowsOf(name, channels) {
  const { electrodes } = encoders[name];
  const first = name === "labram" ? 1 : 0; // after the class token's
  return channels.map((channel) => (electrodes ? electrodes.indexOf(channel) + first : 0));
}

/** The bytes of an ONNX file, and the weights by name. */
export function makeEncoder(name, options = {}) {
  const {
    channels = usualChannels,
    seconds = 4,
    classes = 4,
    batch = 1,
    layers,
    weights,
    seed = 1,
  } = options;
  const parts = startGraph(weights, seed);
  encoders[name].build(parts, {
    batch,
    channels,
    seconds,
    classes,
    ...(layers === undefined ? {} : { layers }),
  });
  return { bytes: onnxBytes(parts.graph), weights: parts.made };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: Object.fromEntries(
      ["channels", "seconds", "classes", "batch", "layers", "seed", "weights", "save-weights"].map((key) => [
        key,
        { type: "string" },
      ]),
    ),
  });
  const [name, out] = positionals;
  if (!Object.hasOwn(encoders, name ?? "") || !out)
    throw new RangeError(`give one of ${Object.keys(encoders).join(", ")} and OUT.onnx`);
  const number = (key) => (values[key] === undefined ? {} : { [key]: Number(values[key]) });
  const given = values.weights && parseSafetensors(readFileSync(values.weights), values.weights);
  const { bytes, weights } = makeEncoder(name, {
    ...(values.channels ? { channels: values.channels.split(",") } : {}),
    ...Object.assign({}, ...["seconds", "classes", "batch", "layers", "seed"].map(number)),
    ...(given ? { weights: new Map([...given].map(([key, { data }]) => [key, data])) } : {}),
  });
  writeFileSync(out, bytes);
  if (values["save-weights"]) writeFileSync(values["save-weights"], formatSafetensors(weights));
  const parameters = [...weights.values()].reduce((total, { data }) => total + data.length, 0);
  process.stdout.write(
    `${out}: ${name}, ${(parameters / 1e6).toFixed(2)} million parameters, ${encoders[name].sfreq} Hz\n`,
  );
}
