// Kills running captures at random moments (SIGKILL) and looks at what they leave: every folder must verify up to its
// last whole record, every .edf and .bdf must open. A real server plays the demo and the simulator, in a loop.
//   npm run build && node scripts/kill-captures.mjs [--times 200] [--seed 1] [--out test/golden/captures/kills.json]
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { verifyCapture } from "../dist/capture/verify.js";
import { createRandom } from "../dist/eeg/random.js";
import { openFile } from "../dist/formats/open.node.js";
import { loadModel } from "../dist/model/load.node.js";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    "at-once": { type: "string", default: "4" },
    out: { type: "string" },
  },
});
const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const demo = fileURLToPath(new URL("../recordings/demo.edf", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "brainwire-kills-"));
const random = createRandom(Number(values.seed));
const times = Number(values.times);
/** From the first sign of life of a capture to its end, at most; the stream runs at five times its pace. */
const longestMs = 1500;
/** Of a BDF+ file: the record that was being filled, and the frame that waits for its place in the next. */
const lostSeconds = 1.5;

const run = (...args) => spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
const server = run("serve", demo, "synthetic", "--loop", "--speed", "5", "--model", "eyes", "--port", "0");
const address = await new Promise((resolve, reject) => {
  let said = "";
  server.stdout.on("data", (text) => {
    said += text;
    const found = /(ws:\/\/\S+)/.exec(said);
    if (found) resolve(found[1]);
  });
  server.stderr.on("data", (text) => reject(new Error(String(text))));
});

/** Captures to `out`, and kills the program a random while after what it writes has appeared. */
async function killed(out, stream, tries = 20) {
  const child = run("capture", address, "--out", out, "--stream", stream, "--quiet");
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  let code;
  const gone = new Promise((resolve) => child.on("close", (with_) => resolve((code = with_))));
  const begins = [out, `${out}.part`];
  for (const begun = performance.now(); !begins.some((path) => existsSync(path));) {
    if (code !== undefined) {
      // a machine that is busy with other things may let the server wait for longer than a capture does
      if (/nobody answers/.test(said) && tries > 1) return killed(out, stream, tries - 1);
      throw new Error(`${out}: the capture ended by itself: ${said}`);
    }
    if (performance.now() - begun > 300_000) throw new Error(`${out}: nothing appeared in five minutes`);
    await sleep(1);
  }
  await sleep(random.uniform() ** 2 * longestMs); // often soon after the start, where most happens
  child.kill("SIGKILL");
  await gone;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const model = await loadModel("eyes");
const result = {
  kills: { folders: 0, edf: 0, bdf: 0 },
  folders: { verified: 0, torn: 0, decisions: 0, equal: 0, close: 0, incomparable: 0, different: 0 },
  // notYet: a file has its name from its first whole record on; uncounted: a whole record that the header did not count yet
  files: { opened: 0, notYet: 0, uncounted: 0, seconds: 0 },
  failures: [],
};
let next = 0;
/** Kills one after the other; every fourth is one of a single file too. */
async function work() {
  for (let i = next++; i < times; i = next++) {
    const stream = i % 2 === 0 ? "demo" : "simulated";
    const ending = i % 8 < 4 ? "edf" : "bdf";
    const [room, file] = [join(folder, `${i}`), join(folder, `${i}-one.${ending}`)];
    await killed(room, stream);
    result.kills.folders++;
    await lookAtFolder(room).catch((error) => result.failures.push(`folder ${i}: ${error.message}`));
    rmSync(room, { recursive: true, force: true });
    if (i % 4 === 3) {
      await killed(file, stream);
      result.kills[ending]++;
      await lookAtFile(file).catch((error) => result.failures.push(`file ${i}: ${error.message}`));
      rmSync(file, { force: true });
    }
    if (result.kills.folders % 20 === 0 && result.kills.folders < times) {
      process.stderr.write(`${result.kills.folders} of ${times}\n`);
      tell();
    }
  }
}

try {
  await Promise.all(Array.from({ length: Math.min(times, Number(values["at-once"])) }, work));
} finally {
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

async function lookAtFolder(path) {
  const verdict = await verifyCapture(path, { model });
  const { folders } = result;
  for (const name of ["decisions", "equal", "close", "incomparable", "different"])
    folders[name] += verdict[name];
  if (verdict.files.bytesBehind > 0) folders.torn++;
  if (!verdict.cutOff) throw new Error("was not cut off");
  if (!verdict.holds) throw new Error(verdict.causes.map(({ message }) => message).join("; "));
  if (verdict.files.lackingSeconds > lostSeconds)
    throw new Error(`BDF+ lacks ${verdict.files.lackingSeconds} s`);
  folders.verified++;
}

/** Of a file with whole records. */
function recordBytes(path, nRecords) {
  const header = Buffer.alloc(256);
  const file = openSync(path, "r");
  readSync(file, header, 0, 256, 0);
  const { size } = fstatSync(file);
  closeSync(file);
  return Math.ceil((size - Number(header.toString("latin1", 184, 192))) / nRecords);
}

async function lookAtFile(path) {
  if (!existsSync(path)) return void result.files.notYet++;
  const recording = await openFile(path);
  const { durationSeconds, nRecords } = await recording.summary();
  let samples = 0;
  for await (const item of recording.items()) if (item.kind === "samples") samples += item.nSamples;
  await recording.close();
  if (!(nRecords > 0 && samples > 0)) throw new Error("opens, but holds nothing");
  // a record that is whole and not yet counted is the one that may be lost
  const uncounted = ({ code, message }) =>
    code === "EDF_TRAILING_BYTES" && Number.parseInt(message, 10) <= recordBytes(path, nRecords);
  const serious = recording.diagnostics.filter((diagnostic) => !uncounted(diagnostic));
  result.files.uncounted += recording.diagnostics.length - serious.length;
  if (serious.length > 0) throw new Error(serious.map(({ message }) => message).join("; "));
  result.files.opened++;
  result.files.seconds += durationSeconds;
}

tell();
process.exitCode = result.failures.length > 0 ? 1 : 0;

function tell() {
  const files = { ...result.files, seconds: Math.round(result.files.seconds) };
  const text = `${JSON.stringify({ seed: Number(values.seed), ...result, files }, null, 2)}\n`;
  if (values.out !== undefined) writeFileSync(values.out, text);
  else if (result.kills.folders === times) process.stdout.write(text);
}
