// Reads a batch of damaged files in a process of its own, and tells its parent of each: the parent sees where it was
// when it hung or died.   node --expose-gc batch.mjs '{"reader", "seed", "corpus", "first", "end", "until"}'
import { createMutants } from "./mutants.mjs";
import { readWhole } from "./whole-read.mjs";

/** Memory may grow by this while one small file is read, garbage included; beyond, it is looked at alone. */
const suspicious = 24 << 20;

const { reader, seed, corpus, first, end, until } = JSON.parse(process.argv[2]);
const { open, names, seeds, mutant } = await createMutants(reader, { seed, corpus });
const named = (files) => Object.fromEntries(files.map((bytes, i) => [names[i], bytes]));
const size = (files) => files.reduce((sum, { length }) => sum + length, 0);

/** What lives, once garbage is gone, above what lived before. */
async function live(files) {
  const used = () => {
    globalThis.gc();
    globalThis.gc(); // what the first let go of
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  };
  used();
  const before = used();
  let most = 0;
  await readWhole(open, named(files), () => void (most = Math.max(most, used() - before))).catch(
    () => undefined,
  );
  return most;
}

const outcomes = {};
const failures = [];
let slowest = { milliseconds: 0 };
let greatest = { bytes: 0 };
for (const files of seeds) await readWhole(open, named(files)); // warm, and proof that each is well

let peak = process.resourceUsage().maxRSS;
let i = first;
for (; i < end && !(until && Date.now() > until); i++) {
  process.send({ at: i });
  const files = mutant(i);
  const before = process.cpuUsage();
  try {
    const outcome = await readWhole(open, named(files));
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  } catch (error) {
    failures.push({
      index: i,
      message: String(error?.stack ?? error)
        .split("\n")
        .slice(0, 4)
        .join(" | "),
    });
  }
  const { user, system } = process.cpuUsage(before);
  const milliseconds = (user + system) / 1000;
  if (milliseconds > slowest.milliseconds) slowest = { milliseconds, index: i, fileBytes: size(files) };
  const now = process.resourceUsage().maxRSS;
  const grown = (now - peak) * 1024 > suspicious || process.memoryUsage().arrayBuffers > 4 * suspicious;
  if (grown || i % 500 === 0) {
    const bytes = await live(files);
    if (bytes > greatest.bytes) greatest = { bytes, index: i, fileBytes: size(files) };
    globalThis.gc();
  }
  peak = Math.max(now, process.resourceUsage().maxRSS);
}
process.send({ end: i, outcomes, failures, slowest, greatest, peak: peak * 1024 }, () =>
  process.disconnect(),
);
