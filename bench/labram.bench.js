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
/** Both in turn, so that what else the machine does disturbs both alike. */
const passes = 3;
const rounds = 4;
const names = (process.env.BENCH_ENCODERS ?? "labram").split(",");
const reference = fileURLToPath(new URL("../scripts/encoders/reference.py", import.meta.url));

export async function run(print) {
  const python = await pythonWithTorch();
  print(
    python
      ? `PyTorch ${python.version} (${python.path})`
      : "skipped: no Python with torch; BENCH_PYTHON names one",
  );
  print(
    `${electrodes.length} channels, ${seconds} s, ${passes} times ${rounds} rounds of each in turn, milliseconds`,
  );
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
  const task = taskOf({ encoder, batch, threads, folder, weights, input });
  const own = [];
  const theirs = [];
  let logits;
  let peer;
  for (let pass = 0; pass < passes; pass++) {
    for (let i = -2; i < rounds; i++) {
      const begun = performance.now();
      ({ logits } = await session.run(feeds, ["logits"]));
      if (i >= 0) own.push(performance.now() - begun);
    }
    if (!python) continue;
    const { stdout } = await promisify(execFile)(python.path, [reference, task], { maxBuffer: 1e8 });
    peer = JSON.parse(stdout);
    theirs.push(...peer.ms);
  }
  await session.release();
  const { min, median } = spread(own);
  const row = `${encoder.padEnd(8)} ${String(batch).padStart(5)} ${String(threads).padStart(7)} ${cell(min)} ${cell(median)}`;
  if (!peer) return row;
  const worst = Math.max(...peer.logits.map((value, i) => Math.abs(value - logits.data[i])));
  const other = spread(theirs);
  return `${row} ${cell(other.min)} ${cell(other.median)}  ${(other.min / min).toFixed(1).padStart(5)}   ${worst.toExponential(1)}`;
}

/** A file that tells PyTorch what to run. */
function taskOf({ encoder, batch, threads, folder, weights, input }) {
  const at = (file) => join(folder, file);
  writeFileSync(at("weights.safetensors"), formatSafetensors(weights));
  writeFileSync(at("input.bin"), input);
  const rows = rowsOf(encoder, electrodes);
  const files = { input: at("input.bin"), weights: at("weights.safetensors") };
  writeFileSync(
    at("task.json"),
    JSON.stringify({ encoder, batch, threads, rounds, seconds, rows, ...files }),
  );
  return at("task.json");
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
