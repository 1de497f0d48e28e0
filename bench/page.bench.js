// Frames a second of the page with 64 channels at 250 Hz, decoded, in headless Chromium (which draws on the processor),
// against the same traces drawn by uPlot, in the same browser.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { connect } from "../dist/client/index.node.js";
import { sfreq, synthetic } from "../dist/index.node.js";

export const name = "page";

const executablePath = process.env.BRAINWIRE_CHROMIUM ?? "/usr/bin/chromium";
const rate = 250;
const settleSeconds = 12;
const watchSeconds = 10;
// prettier-ignore
const electrodes = [
  "Fp1", "Fpz", "Fp2", "AF7", "AF3", "AFz", "AF4", "AF8", "F7", "F5", "F3", "F1", "Fz", "F2", "F4", "F6", "F8", "FT7", "FC5",
  "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "FT8", "T7", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "T8", "TP7", "CP5", "CP3",
  "CP1", "CPz", "CP2", "CP4", "CP6", "TP8", "P7", "P5", "P3", "P1", "Pz", "P2", "P4", "P6", "P8", "PO7", "PO3", "POz", "PO4",
  "PO8", "O1", "Oz", "O2", "Iz", "F9", "F10",
];

async function serve() {
  const cli = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
  const child = spawn(process.execPath, [cli, "serve", "--model", "eyes", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  return { child, url: /http:\S+/.exec(String(line))[0] };
}

/** Sends the simulator's EEG as an amplifier would: every 40 ms what was recorded since. */
async function publish(url) {
  const live = connect(url.replace(/^http/, "ws"));
  const source = synthetic({
    seed: 1,
    sfreq: sfreq(rate),
    electrodes,
    schedule: [
      { state: "eyes-open", seconds: 20 },
      { state: "eyes-closed", seconds: 40 },
    ],
  });
  const items = [];
  let stream;
  for await (const item of source) {
    if (item.kind === "info") ({ stream } = item);
    if (item.kind === "samples") items.push(item);
  }
  const { channels } = stream;
  const publication = live.publish({ name: "amplifier", sourceId: "bench", sfreq: sfreq(rate), channels });
  await publication.ready;
  const total = items.at(-1).start + items.at(-1).nSamples;
  const data = channels.map((_, c) => {
    const whole = new Float32Array(total);
    for (const item of items)
      whole.set(item.data.subarray(c * item.nSamples, (c + 1) * item.nSamples), item.start);
    return whole;
  });
  const begun = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) * rate) / 1000);
    const n = due - publication.next;
    if (n <= 0) return;
    const chunk = new Float32Array(channels.length * n);
    for (let c = 0; c < channels.length; c++)
      for (let i = 0; i < n; i++) chunk[c * n + i] = data[c][(publication.next + i) % total];
    publication.push(chunk);
  }, 40);
  return () => {
    clearInterval(timer);
    live.close();
  };
}

/** Notes when each frame began. */
function watchFrames() {
  const frames = [];
  const note = (at) => {
    requestAnimationFrame(note);
    frames.push(at);
  };
  requestAnimationFrame(note);
  globalThis.frames$ = frames;
}

/** Processor time of a process and all that it has started, ms: what others on the machine do does not count. */
function processorMs(root) {
  const ticks = new Map();
  const parents = new Map();
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
      parents.set(Number(pid), Number(fields[1]));
      ticks.set(Number(pid), Number(fields[11]) + Number(fields[12]));
    } catch {
      // it has ended meanwhile
    }
  }
  const isOurs = (pid) => pid === root || (parents.has(pid) && isOurs(parents.get(pid)));
  return [...ticks].reduce((sum, [pid, spent]) => sum + (isOurs(pid) ? spent * 10 : 0), 0);
}

async function measure(page, pid) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const mainThread = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * metrics.find(({ name: metric }) => metric === "TaskDuration").value;
  };
  await page.waitForTimeout(settleSeconds * 1000);
  await page.evaluate(() => (globalThis.frames$.length = 0));
  const before = [await mainThread(), processorMs(pid)];
  await page.waitForTimeout(watchSeconds * 1000);
  const spent = [(await mainThread()) - before[0], processorMs(pid) - before[1]];
  const frames = await page.evaluate(() => globalThis.frames$);
  const intervals = frames.slice(1).map((at, i) => at - frames[i]);
  intervals.sort((a, b) => a - b);
  const at = (share) => intervals[Math.min(intervals.length - 1, Math.floor(share * intervals.length))];
  return {
    perSecond: (1000 * (frames.length - 1)) / (frames.at(-1) - frames[0]),
    interval: [0.5, 0.95, 0.99].map(at),
    mainMs: spent[0] / frames.length,
    allMs: spent[1] / frames.length,
  };
}

/** 64 series in one uPlot, all of whose window is drawn in each frame: how a plot library does it. */
async function uPlotPage() {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import uPlot from "uplot";
        const n = ${10 * rate}, rows = ${electrodes.length};
        const x = Float64Array.from({ length: n }, (_, i) => i / ${rate});
        const rows$ = Array.from({ length: rows }, (_, r) => {
          let y = 0;
          return Float64Array.from({ length: n }, () => r + (y = 0.95 * y + 0.2 * (Math.random() - 0.5)));
        });
        const series = rows$.map(() => ({ stroke: "#2458c6", width: 1, points: { show: false } }));
        const plot = new uPlot({ width: 860, height: 480, legend: { show: false }, cursor: { show: false },
          scales: { x: { time: false } }, series: [{}, ...series] }, [x, ...rows$], document.body);
        const frame = () => {
          requestAnimationFrame(frame);
          for (const row of rows$) { row.copyWithin(0, 4); } // what came since the last frame
          plot.setData([x, ...rows$], false);
          plot.redraw();
        };
        requestAnimationFrame(frame);`,
      resolveDir: fileURLToPath(new URL("../", import.meta.url)),
    },
    bundle: true,
    write: false,
    format: "iife",
  });
  return `<!doctype html><title>uPlot</title><body><script>${outputFiles[0].text}</script>`;
}

export async function run(print) {
  if (!existsSync(executablePath)) return print(`skipped: there is no Chromium at ${executablePath}`);
  const { child, url } = await serve();
  const stop = await publish(url);
  const server = await chromium.launchServer({
    executablePath,
    args: ["--no-sandbox"],
  });
  const browser = await chromium.connect(server.wsEndpoint());
  const { pid } = server.process();
  const viewport = { width: 1280, height: 800 };
  const text = ({ perSecond, interval, mainMs, allMs }) =>
    `${perSecond.toFixed(1)} frames a second, from one to the next p50 ${interval[0].toFixed(1)} p95 ${interval[1].toFixed(1)} ` +
    `p99 ${interval[2].toFixed(1)} ms; processor time of a frame ${mainMs.toFixed(1)} ms in the page's thread, ${allMs.toFixed(1)} ms in all`;
  try {
    print(`load of the machine ${loadavg()[0].toFixed(1)} on ${cpus().length} cores`);
    const page = await browser.newPage({ viewport });
    await page.addInitScript(watchFrames);
    await page.goto(url);
    const ours = await measure(page, pid);
    await page.close();
    print(`the whole page, 64 channels at ${rate} Hz, 10 s in view, decoded: ${text(ours)}`);
    const other = await browser.newPage({ viewport });
    await other.addInitScript(watchFrames);
    const body = await uPlotPage();
    await other.route("http://peer.test/", (route) => route.fulfill({ contentType: "text/html", body }));
    await other.goto("http://peer.test/");
    const peer = await measure(other, pid);
    print(`the traces alone in uPlot 1.6, all drawn anew each frame: ${text(peer)}`);
    print(`a frame of uPlot's costs ${(peer.allMs / ours.allMs).toFixed(1)} times as much processor time`);
  } finally {
    await browser.close();
    await server.close();
    stop();
    child.kill();
  }
}
