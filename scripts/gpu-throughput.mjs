// Windows a second and latency of decoders on a GPU (or the processor): ONNX Runtime, as the engine onnx runs it, beside
// PyTorch with the same weights and windows on the same device, in turn. Every run is timed from windows in host memory
// to logits in host memory. What stands in docs/gpu.md.
//   npm run build && node scripts/gpu-throughput.mjs --device cuda|webgpu|cpu [--out docs/gpu-throughput.json]
//     [--batches 1,16,256,4096] [--threads 1] [--python python3] [--short]
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { createRandom } from "../dist/eeg/random.js";
import { createNodeEngine, loadModel } from "../dist/index.node.js";
import { adviceFor } from "../dist/model/onnx/device-choice.js";
import { findDevices } from "../dist/model/onnx/devices.node.js";
import { createOnnxSession } from "../dist/model/onnx/runtime.node.js";
import { formatSafetensors } from "../dist/model/safetensors.js";
import { eyesWindows, labramWindows } from "./encoders/windows.mjs";

const { values: options } = parseArgs({
  options: {
    device: { type: "string", default: "cpu" },
    batches: { type: "string" },
    threads: { type: "string", default: "1" },
    python: { type: "string" },
    out: { type: "string" },
    short: { type: "boolean", default: false },
  },
});
const { device, short } = options;
const threads = Number(options.threads);
const batches = (options.batches ?? (short ? "1,4" : "1,16,256,4096")).split(",").map(Number);
/** Each side is timed in turn, so often and so long; at batch 1 at least so many runs, for the 99th percentile. */
const blocks = 3;
const blockMs = short ? 500 : 4000;
const leastRuns = short ? 7 : 100;
const longestMs = short ? 5_000 : 60_000;
/** Windows that differ; larger batches hold them again and again. */
const different = 16;

const script = fileURLToPath(new URL("gpu_throughput_torch.py", import.meta.url));
const folder = mkdtempSync(join(os.tmpdir(), "brainwire-gpu-"));
const [on] = await findDevices(device).catch((error) => quit(error));
await probe();
const torch = await startTorch();
const results = [];
try {
  print(`${on.description}; ${os.cpus()[0]?.model}, ${threads} thread${threads > 1 ? "s" : ""}`);
  print(torch.absent ? `without PyTorch: ${torch.absent}` : `PyTorch ${torch.version} on ${torch.device}`);
  print("");
  print("                                             windows a second        ms a run (median, 99 %)");
  print("encoder            batch       ONNX Runtime    PyTorch    ratio      ONNX Runtime         PyTorch");
  for (const make of [eyesWindows, labramWindows])
    for (const batch of batches) {
      const result = await compare(await make(batch));
      results.push(result);
      print(line(result));
    }
  print("");
  print("eyes, a hop of so many streams: the engine onnx beside the engine wasm (one core)");
  print(
    "                   batch        engine onnx engine wasm    ratio        engine onnx            wasm",
  );
  for (const batch of batches) {
    const result = await compareHops(batch);
    results.push(result);
    print(line(result));
  }
} finally {
  torch.stop?.();
  rmSync(folder, { recursive: true });
}
if (options.out) {
  writeFileSync(options.out, JSON.stringify(report(), null, 2) + "\n");
  print(`\n${options.out}`);
}

/** Whether the device works at all. */
async function probe() {
  const { graph } = await eyesWindows(1);
  const session = await createOnnxSession(graph, { provider: on.provider, threads }).catch((error) =>
    quit(error, `; ${adviceFor(on)}`),
  );
  await session.release();
}

/** Both sides on windows of one encoder. */
async function compare({ workload, batch, graph, weights, task, shape, feeds }) {
  const one = shape.slice(1).reduce((product, n) => product * n, 1);
  const random = createRandom(3);
  const base = Float32Array.from({ length: Math.min(batch, different) * one }, () => 10 * random.normal());
  const windows = new Float32Array(batch * one);
  for (let at = 0; at < windows.length; at += base.length)
    windows.set(base.subarray(0, Math.min(base.length, windows.length - at)), at);
  const result = { workload, batch, unit: "windows", own: null, peer: null, difference: null };

  const own = await createOnnxSession(graph, { provider: on.provider, threads }).catch((error) =>
    quit(error, `; ${adviceFor(on)}`),
  );
  const [input] = Object.keys(feeds).filter((name) => feeds[name] === null);
  const given = { ...feeds, [input]: { data: windows, shape } };
  const run = async () => (await own.run(given, ["logits"])).logits.data;

  let theirs = null;
  if (!torch.absent) {
    writeFileSync(join(folder, "weights.safetensors"), formatSafetensors(weights));
    writeFileSync(join(folder, "input.bin"), base);
    const files = { weights: join(folder, "weights.safetensors"), input: join(folder, "input.bin") };
    theirs = await torch.ask({ prepare: { workload, batch, channels: shape[1], ...task, ...files } });
  }
  try {
    const logits = (await run()).slice();
    await run();
    if (theirs?.logits)
      result.difference = Math.max(...theirs.logits.map((value, i) => Math.abs(value - logits[i])));
    const ms = { own: [], peer: [] };
    for (let block = 0; block < blocks; block++) {
      ms.own.push(...(await timed(run, batch)));
      if (theirs?.logits) {
        const rounds = Math.max(batch === 1 ? leastRuns : 3, Math.round(blockMs / median(ms.own)));
        const answer = await torch.ask({ rounds });
        if (answer.ms) ms.peer.push(...answer.ms);
        else theirs = answer;
      }
    }
    result.own = figures(ms.own, batch);
    if (ms.peer.length > 0) result.peer = figures(ms.peer, batch);
  } catch (error) {
    result.own = { failed: firstLine(error) };
  }
  if (theirs?.failed) result.peer = { failed: theirs.failed };
  await own.release().catch(() => undefined);
  return result;
}

/** A hop of so many streams, with keys and values kept: what a live stream costs. */
async function compareHops(batch) {
  const model = await loadModel("eyes");
  const { components, bands } = model.manifest.architecture.sizes;
  const random = createRandom(5);
  const tokens = Array.from({ length: batch }, () =>
    Float32Array.from({ length: components * bands }, () => random.normal()),
  );
  const result = { workload: "eyes hop", batch, unit: "labels", own: null, peer: null, difference: null };
  const sides = {};
  try {
    sides.own = await stepping(await createNodeEngine(model, { engine: "onnx", device, batch }), tokens);
    sides.peer = await stepping(await createNodeEngine(model, { engine: "wasm" }), tokens);
    const [own, peer] = [await sides.own.step(), await sides.peer.step()];
    result.difference = Math.max(...own.slice(0, 2).map((value, i) => Math.abs(value - peer[i])));
    const ms = { own: [], peer: [] };
    for (let block = 0; block < blocks; block++)
      for (const side of ["own", "peer"]) ms[side].push(...(await timed(sides[side].step, batch)));
    result.own = figures(ms.own, batch);
    result.peer = figures(ms.peer, batch);
  } catch (error) {
    result.own = { failed: firstLine(error) };
  }
  for (const { engine } of Object.values(sides)) await engine.release();
  return result;
}

async function stepping(engine, tokens) {
  const slots = tokens.map(() => engine.open());
  let patch = 0;
  const step = async () => {
    const logits = await engine.step(slots.map((slot, i) => ({ slot, patch, token: tokens[i] })));
    patch++;
    return logits;
  };
  for (let i = 0; i < 10; i++) await step();
  return { engine, step };
}

/** Milliseconds of each run of a block. */
async function timed(run, batch) {
  const ms = [];
  const begun = performance.now();
  for (;;) {
    const from = performance.now();
    await run();
    const now = performance.now();
    ms.push(now - from);
    const enough = ms.length >= (batch === 1 ? leastRuns : 3) && now - begun >= blockMs;
    if (enough || now - begun >= longestMs) return ms;
  }
}

function figures(ms, batch) {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return {
    runs: ms.length,
    perSecond: (1000 * batch) / at(0.5),
    ms: { min: sorted[0], p50: at(0.5), p99: at(0.99) },
  };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function line({ workload, batch, own, peer }) {
  const speed = (side) => (side?.failed ? "failed" : side ? side.perSecond.toFixed(1) : "-");
  const times = (side) => (side?.ms ? `${side.ms.p50.toFixed(2)}, ${side.ms.p99.toFixed(2)}` : "-");
  const ratio = own?.ms && peer?.ms ? (own.perSecond / peer.perSecond).toFixed(2) : "-";
  const faults = [own, peer].flatMap((side) => (side?.failed ? [side.failed] : []));
  const cells = [speed(own).padStart(18), speed(peer).padStart(11), ratio.padStart(9)];
  return (
    `${workload.padEnd(15)} ${String(batch).padStart(8)} ${cells.join("")} ${times(own).padStart(18)} ${times(peer).padStart(15)}` +
    faults.map((fault) => `\n    ${fault}`).join("")
  );
}

function report() {
  const version = (name) =>
    JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8"))
      .version;
  return {
    made: new Date().toISOString().slice(0, 10),
    machine: {
      processor: os.cpus()[0]?.model ?? "unknown",
      cores: os.cpus().length,
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
      gpu: nvidia(),
      system: `${os.type()} ${os.release()}`,
    },
    device: on.description,
    threads,
    short,
    versions: {
      node: process.version,
      "onnxruntime-node": version("onnxruntime-node"),
      torch: torch.version ?? null,
      cuda: torch.cuda ?? null,
    },
    peer: torch.absent ?? `PyTorch on ${torch.device}`,
    results,
  };
}

/** Name and driver of NVIDIA's card, as its own program says. */
function nvidia() {
  try {
    const query = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"];
    return execFileSync("nvidia-smi", query, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}

/** A process with PyTorch that answers line by line, or why there is none. */
async function startTorch() {
  const python = await pythonWithTorch();
  if (!python) return { absent: "no Python with torch was found; --python names one" };
  const child = spawn(python, [script, device === "cpu" ? "cpu" : "cuda", String(threads)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? { failed: "PyTorch's process ended (out of memory?)" } : JSON.parse(value);
  };
  child.stdin.on("error", () => undefined);
  const hello = await next();
  if (hello.failed) return { absent: hello.failed };
  return {
    ...hello,
    ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    },
    stop: () => child.stdin.end(),
  };
}

async function pythonWithTorch() {
  for (const path of options.python ? [options.python] : ["python3", "/usr/bin/python3"])
    try {
      await promisify(execFile)(path, ["-c", "import torch"]);
      return path;
    } catch {
      // this one has none
    }
  return null;
}

function firstLine(error) {
  return String(error?.message ?? error).split("\n")[0];
}

function quit(error, advice = "") {
  process.stderr.write(`error: ${device} cannot be used here: ${firstLine(error)}${advice}\n`);
  process.exit(1);
}

function print(text) {
  process.stdout.write(`${text}\n`);
}
