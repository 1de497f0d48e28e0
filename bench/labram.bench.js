// Whole-window forward of encoders of published sizes (4 s of EEG, random weights): ONNX Runtime, as the engine onnx
// runs models from elsewhere, against PyTorch with the same weights, input and threads.
//   BENCH_PYTHON: a Python that has torch; BENCH_ENCODERS: labram,cbramod,eegpt
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createRandom } from "../dist/eeg/random.js";
import { createOnnxSession } from "../dist/model/onnx/runtime.node.js";
import { formatSafetensors } from "../dist/model/safetensors.js";
import { electrodes } from "../scripts/encoders/eegpt.mjs";
import { encoders, makeEncoder, rowsOf } from "../scripts/encoders/make.mjs";
import { spread } from "./models.js";

export const name = "labram";

const seconds = 4;
const rounds = 9;
const names = (process.env.BENCH_ENCODERS ?? "labram").split(",");
const reference = fileURLToPath(new URL("../scripts/encoders/reference.py", import.meta.url));

export async function run(print) {
  const python = await pythonWithTorch();
  print(
    python
      ? `PyTorch ${python.version} (${python.path})`
      : "skipped: no Python with torch; BENCH_PYTHON names one",
  );
  print(`${electrodes.length} channels, ${seconds} s, ${rounds} rounds, milliseconds`);
  print(`encoder  batch threads   ONNX Runtime      PyTorch    ratio   largest difference`);
  print(`                          min  median   min  median  (min)`);
  const folder = mkdtempSync(join(tmpdir(), "brainwire-bench-"));
  try {
    for (const encoder of names)
      for (const [batch, threads] of [
        [1, 1],
        [1, 2],
        [8, 1],
        [8, 2],
      ])
        print(await compare({ encoder, batch, threads, folder, python }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare({ encoder, batch, threads, folder, python }) {
  const { bytes, weights } = makeEncoder(encoder, { batch, seconds, channels: electrodes });
  const random = createRandom(3);
  const input = Float32Array.from(
    { length: batch * electrodes.length * seconds * encoders[encoder].sfreq },
    () => random.normal(),
  );
  const session = await createOnnxSession(bytes, { provider: "cpu", threads });
  const feeds = { eeg: { data: input, shape: session.inputs[0].shape } };
  const own = [];
  let logits;
  for (let i = -2; i < rounds; i++) {
    const begun = performance.now();
    ({ logits } = await session.run(feeds, ["logits"]));
    if (i >= 0) own.push(performance.now() - begun);
  }
  await session.release();
  const { min, median } = spread(own);
  const row = `${encoder.padEnd(8)} ${String(batch).padStart(5)} ${String(threads).padStart(7)} ${cell(min)} ${cell(median)}`;
  if (!python) return row;

  const at = (file) => join(folder, file);
  writeFileSync(at("weights.safetensors"), formatSafetensors(weights));
  writeFileSync(at("input.bin"), input);
  const rows = rowsOf(encoder, electrodes);
  const task = {
    encoder,
    batch,
    threads,
    rounds,
    seconds,
    rows,
    input: at("input.bin"),
    weights: at("weights.safetensors"),
  };
  writeFileSync(at("task.json"), JSON.stringify(task));
  const { stdout } = await promisify(execFile)(python.path, [reference, at("task.json")], { maxBuffer: 1e8 });
  const peer = JSON.parse(stdout);
  const worst = Math.max(...peer.logits.map((value, i) => Math.abs(value - logits.data[i])));
  const theirs = spread(peer.ms);
  return `${row} ${cell(theirs.min)} ${cell(theirs.median)}  ${(theirs.min / min).toFixed(1).padStart(5)}   ${worst.toExponential(1)}`;
}

function cell(ms) {
  return ms.toFixed(1).padStart(7);
}

async function pythonWithTorch() {
  for (const path of [process.env.BENCH_PYTHON, "python3", "/usr/bin/python3"].filter(Boolean))
    try {
      const { stdout } = await promisify(execFile)(path, ["-c", "import torch; print(torch.__version__)"]);
      return { path, version: stdout.trim() };
    } catch {
      // this one has none
    }
  return null;
}
