// A soak: a server, a publisher and a subscriber, a process each, at 64 channels and 160 Hz over real sockets.
//   node scripts/soak.mjs [--minutes 120] [--out FILE.json]
// It looks at every sample and every decision that the subscriber gets, at the server's resident memory, and at the
// client's idea of the server's clock beside the machine's own. Exit status 1 if anything is not as it should be.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect } from "../dist/client/index.node.js";
import { decode, loadModel } from "../dist/index.node.js";
import { clockLead, clockProbe } from "./soak-clock.mjs";
import { frameSamples, info, samplesAt, sfreq, valueAt } from "./soak-signal.mjs";

/** In its first minutes a process still finds its size. */
const settledMinutes = 30;
const limits = { clockErrorMs: 1, growthMiB: 16, growthAtFirstMiB: 100 };
const root = new URL("..", import.meta.url);
const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "120" },
    out: { type: "string" },
    publish: { type: "string" },
  },
});
const minutes = Number(options.minutes);
if (options.publish === undefined) await soak();
else await publish(options.publish);

/** The publisher's process: sends what is due, and says how much it was. */
async function publish(url) {
  const live = connect(url);
  const publication = live.publish(info);
  await publication.ready;
  process.stdout.write("ready\n");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  process.stdin.destroy();
  const total = Math.round(minutes * 60 * sfreq);
  const begun = performance.now();
  let latest = 0;
  for (let start = 0; start < total; start += frameSamples) {
    const dueMs = begun + ((start + frameSamples) / sfreq) * 1000;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    latest = Math.max(latest, performance.now() - dueMs);
    publication.push(samplesAt(start, frameSamples));
  }
  publication.end();
  await sleep(500);
  live.close();
  process.stdout.write(`${JSON.stringify({ samples: publication.next, latestMs: latest })}\n`);
}

async function soak() {
  const clockFile = `${os.tmpdir()}/brainwire-soak-${process.pid}.json`;
  const server = run(
    ["--import", clockProbe(clockFile), script("dist/cli/main.js")],
    ["serve", "--model", "eyes", "--port", "0"],
  );
  const url = /ws:\S+/.exec(await server.line())[0];
  const publisher = run([script("scripts/soak.mjs")], ["--publish", url, "--minutes", options.minutes]);
  await publisher.line();
  const trueOffsetMs = JSON.parse(readFileSync(clockFile, "utf8")).leadMs - clockLead();

  const seen = { samples: 0, wrong: 0, lost: 0, gaps: 0, drops: 0, reconnects: 0, infos: 0 };
  const decisions = [];
  let stream = null;
  const clock = { longestErrorMs: 0, lastErrorMs: null, uncertaintyMs: null };
  const memory = [];
  const ages = [];
  const live = connect(url, { stream: info.name });
  const begun = performance.now();
  const ended = new Promise((resolve, reject) => {
    live.samples$.subscribe({ next: look, complete: resolve, error: reject });
    server.process.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  live.decisions$.subscribe((decision) => {
    const { sample, label, probabilities, reasons, ageMs } = decision;
    decisions.push({ sample, label, probabilities, reasons: reasons.join() });
    ages.push(ageMs);
  });
  live.drops$.subscribe(() => seen.drops++);
  live.stats$.subscribe((stats) => {
    seen.reconnects = stats.reconnects;
    if (!stats.clock) return;
    clock.lastErrorMs = Math.abs(stats.clock.offsetMs - trueOffsetMs);
    clock.uncertaintyMs = stats.clock.uncertaintyMs;
    clock.longestErrorMs = Math.max(clock.longestErrorMs, clock.lastErrorMs);
  });

  /** Every sample's index and every value. */
  function look(item) {
    if (item.kind === "info") stream = item.stream;
    if (item.kind === "info" && seen.infos++ === 0) publisher.process.stdin.end("go\n");
    if (item.kind === "gap") seen.gaps += item.nSamples;
    if (item.kind !== "samples") return;
    if (item.start !== seen.samples) seen.lost += Math.abs(item.start - seen.samples);
    for (let c = 0; c < info.channels.length; c++)
      for (let i = 0; i < item.nSamples; i++)
        if (item.data[c * item.nSamples + i] !== valueAt(c, item.start + i)) seen.wrong++;
    seen.samples = item.start + item.nSamples;
  }

  const watch = setInterval(() => {
    const hours = (performance.now() - begun) / 3_600_000;
    memory.push({ hours, miB: residentMiB(server.process.pid) });
  }, 5000);
  const tell = setInterval(() => {
    const at = ((performance.now() - begun) / 60_000).toFixed(0).padStart(4);
    process.stdout.write(
      `${at} min  ${seen.samples} samples, ${seen.lost} lost, ${seen.wrong} wrong  ${decisions.length} decisions  ` +
        `${memory.at(-1)?.miB.toFixed(1)} MiB  clock error ${clock.lastErrorMs?.toFixed(3)} ms\n`,
    );
  }, 60_000);
  try {
    await ended;
  } finally {
    clearInterval(watch);
    clearInterval(tell);
  }
  const sent = JSON.parse(await publisher.line());
  const serverCpuSeconds = cpuSeconds(server.process.pid);
  live.close();
  server.process.kill("SIGINT");

  const result = {
    date: new Date().toISOString(),
    minutes,
    machine: { cpu: os.cpus()[0]?.model, cores: os.cpus().length, memoryGiB: os.totalmem() / 2 ** 30 },
    versions: { brainwire: version(), node: process.version, system: `${os.type()} ${os.release()}` },
    stream: { channels: info.channels.length, sfreq, frameSamples },
    sent,
    received: { ...seen, decisions: decisions.length },
    decisions: await compare(decisions, whole(stream, sent.samples)),
    ageMs: quantiles(ages),
    clock,
    memory: flatness(memory),
    serverCpuSeconds,
  };
  const faults = faultsOf(result);
  const text = JSON.stringify({ ...result, faults, passed: faults.length === 0 }, null, 2);
  if (options.out !== undefined) writeFileSync(options.out, `${text}\n`);
  process.stdout.write(`${text}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

function faultsOf({ sent, received, decisions, clock, memory }) {
  const faults = [];
  if (received.samples !== sent.samples || received.lost > 0 || received.gaps > 0 || received.drops > 0)
    faults.push(`${received.samples} of ${sent.samples} samples came, ${received.lost} lost`);
  if (received.wrong > 0) faults.push(`${received.wrong} numbers are wrong`);
  if (decisions.missing > 0 || decisions.different > 0)
    faults.push(`${decisions.missing} decisions missing, ${decisions.different} different`);
  if (!(clock.longestErrorMs < limits.clockErrorMs))
    faults.push(`the clock is off by ${clock.longestErrorMs} ms`);
  const allowed = minutes >= settledMinutes ? limits.growthMiB : limits.growthAtFirstMiB;
  if (memory.growthMiB > allowed) faults.push(`memory grew by ${memory.growthMiB} MiB after warm-up`);
  return faults;
}

/** Decodes the same samples here, and compares: each decision, in order, bit for bit. */
async function compare(received, source) {
  const oracle = decode(source, await loadModel("eyes"), { hopSeconds: 0.1, quality: "abstain" });
  const result = { expected: 0, missing: 0, different: 0 };
  for await (const { sample, label, probabilities, reasons } of oracle) {
    const got = received[result.expected - result.missing];
    result.expected++;
    if (got?.sample !== sample) result.missing++;
    else if (
      JSON.stringify(got) !== JSON.stringify({ sample, label, probabilities, reasons: reasons.join() })
    )
      result.different++;
  }
  return result;
}

async function* whole(stream, nSamples) {
  yield { kind: "info", stream };
  for (let start = 0; start < nSamples; start += sfreq) {
    const n = Math.min(sfreq, nSamples - start);
    yield { kind: "samples", start, data: samplesAt(start, n), nSamples: n };
  }
}

/** How memory went after the first sixth of the time: a line through it. */
function flatness(memory) {
  const all = memory.map(({ miB }) => miB);
  const end = memory.at(-1)?.hours ?? 0;
  const settled = memory.filter(({ hours }) => hours > end / 6);
  const mean = (of) => of.reduce((sum, value) => sum + value, 0) / of.length;
  const [x, y] = [mean(settled.map(({ hours }) => hours)), mean(settled.map(({ miB }) => miB))];
  const over = mean(settled.map(({ hours, miB }) => (hours - x) * (miB - y)));
  const slope = over / mean(settled.map(({ hours }) => (hours - x) ** 2));
  return {
    startMiB: all[0],
    smallestMiB: Math.min(...all),
    largestMiB: Math.max(...all),
    endMiB: all.at(-1),
    slopeMiBPerHour: slope,
    growthMiB: slope * (end - settled[0].hours),
    everyMinuteMiB: all.filter((_, i) => i % 12 === 0).map((miB) => Number(miB.toFixed(1))),
  };
}

function quantiles(values) {
  const sorted = Float64Array.from(values).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), longest: sorted.at(-1) };
}

/** A process whose lines on stdout can be waited for; it goes when we go. */
function run(nodeArguments, programArguments) {
  const child = spawn(process.execPath, [...nodeArguments, ...programArguments], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  process.once("exit", () => child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { process: child, line: async () => (await lines.next()).value };
}

function script(path) {
  return new URL(path, root).pathname;
}

function residentMiB(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function version() {
  return JSON.parse(readFileSync(new URL("package.json", root), "utf8")).version;
}
