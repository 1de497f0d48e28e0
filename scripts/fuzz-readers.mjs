// Damages small recordings in every way that copying, editors, disks and programs do, and reads them whole: no crash,
// no hang, no memory beyond a small multiple of the file, every failure an EegError.
//   npm run build
//   node scripts/fuzz-readers.mjs [--reader edf]... [--mutants 200000] [--seconds N] [--seed N] [--out docs/fuzzing.json]
//   node scripts/fuzz-readers.mjs --reader edf --show INDEX [--seed N]      writes that mutant's files, reads them
// Goes on where it was stopped if --out holds an unfinished run of the same seed; --fresh begins anew.
import { fork } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createMutants, readerNames } from "./fuzz/mutants.mjs";
import { readWhole } from "./fuzz/whole-read.mjs";

const { values: options } = parseArgs({
  options: {
    reader: { type: "string", multiple: true, default: readerNames },
    mutants: { type: "string", default: "200000" },
    seconds: { type: "string" },
    seed: { type: "string", default: "20240305" },
    out: { type: "string" },
    fresh: { type: "boolean", default: false },
    show: { type: "string" },
  },
});
const seed = Number(options.seed);
const wanted = Number(options.mutants);

/** Mutants a process reads before the next takes over. */
const batchSize = 4000;
/** Without a word from it for so long, a process hangs. (A mutant takes a millisecond; the machine may be busy.) */
const hangSeconds = 60;
/** Of memory that lives while a file is read: a fixed allowance for blocks and tables, and a multiple of the file. */
const allowedBytes = (fileBytes) => (8 << 20) + 16 * fileBytes;
/** Of processor time for one file. */
const allowedMilliseconds = 2000;
/** Of a whole process. */
const processMegabytes = 1024;

const shared = process.env.BRAINWIRE_TEST_DATA ?? fileURLToPath(new URL("../../shared", import.meta.url));
const corpus = existsSync(join(shared, "recordings/formats/INDEX.tsv"))
  ? join(shared, "recordings/formats")
  : null;

if (options.show !== undefined) {
  await show(options.reader[0], Number(options.show));
  process.exit();
}

const result = load();
let failed = false;
for (const reader of options.reader) {
  const until = options.seconds ? Date.now() + 1000 * Number(options.seconds) : null;
  const state = (result.readers[reader] ??= await begun(reader));
  while (state.mutants < wanted && !(until && Date.now() > until)) {
    const end = Math.min(wanted, (Math.floor(state.mutants / batchSize) + 1) * batchSize);
    await batch(reader, state, { end, until });
    if (options.out) save();
  }
  print(reader, state);
  failed ||= state.failures.length > 0;
}
process.exitCode = failed ? 1 : 0;

async function begun(reader) {
  const { seeds, nMade } = await createMutants(reader, { seed, corpus });
  return {
    mutants: 0,
    seeds: { made: nMade, corpus: seeds.length - nMade },
    opened: 0,
    refused: {},
    slowest: { milliseconds: 0 },
    greatestMemory: { bytes: 0 },
    residentMegabytes: 0,
    failures: [],
  };
}

/** Runs one process from where the reader's run stands. */
function batch(reader, state, { end, until }) {
  return new Promise((resolve) => {
    const first = state.mutants;
    const child = fork(
      fileURLToPath(new URL("fuzz/batch.mjs", import.meta.url)),
      [JSON.stringify({ reader, seed, corpus, first, end, until })],
      {
        execArgv: ["--expose-gc", "--max-old-space-size=512"],
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      },
    );
    let at = first;
    let heard = Date.now();
    let told = null;
    let why = null;
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr = (stderr + text).slice(0, 2000)));
    child.on("message", (message) => {
      heard = Date.now();
      if (message.at === undefined) told = message;
      else at = message.at;
    });
    const watch = setInterval(() => {
      const megabytes = residentMegabytes(child.pid);
      if (Date.now() - heard > 1000 * hangSeconds) why = `nothing for ${hangSeconds} s: it hangs`;
      else if (megabytes > processMegabytes) why = `${megabytes} MB of memory`;
      if (why) child.kill("SIGKILL");
    }, 200);
    child.on("close", (code, signal) => {
      clearInterval(watch);
      if (told) merge(state, told);
      else {
        state.failures.push({
          index: at,
          message: why ?? `the process ended with ${signal ?? code}: ${stderr.slice(0, 500)}`,
        });
        state.mutants = at + 1; // what it had counted is lost; go on behind the file that killed it
      }
      resolve();
    });
  });
}

function merge(state, { end, outcomes, failures, slowest, greatest, peak }) {
  state.mutants = end;
  state.residentMegabytes = Math.max(state.residentMegabytes, Math.round(peak / 1e6)); // of a process that read thousands
  for (const [outcome, n] of Object.entries(outcomes))
    if (outcome === "read") state.opened += n;
    else state.refused[outcome] = (state.refused[outcome] ?? 0) + n;
  state.failures.push(...failures);
  if (slowest.milliseconds > state.slowest.milliseconds) state.slowest = slowest;
  if (greatest.bytes > state.greatestMemory.bytes) state.greatestMemory = greatest;
  if (slowest.milliseconds > allowedMilliseconds)
    state.failures.push({
      index: slowest.index,
      message: `took ${slowest.milliseconds} ms of the processor`,
    });
  if (greatest.bytes > allowedBytes(greatest.fileBytes))
    state.failures.push({
      index: greatest.index,
      message: `a file of ${greatest.fileBytes} bytes took ${greatest.bytes} bytes of memory`,
    });
}

function residentMegabytes(pid) {
  try {
    return Math.round((Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096) / 2 ** 20);
  } catch {
    return 0; // another system, or it has just ended
  }
}

function load() {
  const begun = {
    seed,
    node: process.version,
    processor: cpus()[0]?.model ?? "unknown",
    version: JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version,
    fastCheck: JSON.parse(
      readFileSync(new URL("../node_modules/fast-check/package.json", import.meta.url), "utf8"),
    ).version,
    readers: {},
  };
  if (!options.out || options.fresh || !existsSync(options.out)) return begun;
  const before = JSON.parse(readFileSync(options.out, "utf8"));
  return before.seed === seed ? before : begun;
}

function save() {
  writeFileSync(`${options.out}.part`, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(`${options.out}.part`, options.out);
}

function print(reader, { mutants, opened, refused, slowest, greatestMemory, failures }) {
  const codes = Object.entries(refused)
    .sort(([, a], [, b]) => b - a)
    .map(([code, n]) => `${code} ${n}`)
    .join(", ");
  console.log(
    `${reader}: ${mutants} mutants of seed ${seed}: ${opened} read, refused ${codes || "none"}; slowest ${slowest.milliseconds.toFixed(0)} ms, most memory ${(greatestMemory.bytes / 2 ** 20).toFixed(1)} MB; ${failures.length} failures`,
  );
  for (const { index, message } of failures.slice(0, 20)) console.log(`  mutant ${index}: ${message}`);
}

async function show(reader, index) {
  const { open, names, mutant } = await createMutants(reader, { seed, corpus });
  const folder = mkdtempSync(join(tmpdir(), "brainwire-mutant-"));
  const files = mutant(index);
  files.forEach((bytes, i) => writeFileSync(join(folder, names[i]), bytes));
  console.log(join(folder, names[0]));
  console.log(await readWhole(open, Object.fromEntries(files.map((bytes, i) => [names[i], bytes]))));
}
