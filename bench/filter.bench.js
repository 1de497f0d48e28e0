// Band-pass and resampling of 64 channels, against SciPy in the same run.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bandpassStage, resampleStage, sfreq } from "../dist/index.js";

const nChannels = 64;
const nSamples = 19200;
const chunk = 16; // 100 ms at 160 Hz
const rounds = 10;

export const name = "filter";

/** A stream's info, 64 EEG channels. */
const stream = (hz) => ({
  name: "bench",
  sourceId: "bench",
  segment: 0,
  channels: Array.from({ length: nChannels }, (_, c) => ({
    label: `E${c}`,
    unit: "µV",
    type: "eeg",
    position: null,
    reference: null,
  })),
  sfreq: sfreq(hz),
  t0: null,
  filters: [],
  delaySamples: 0,
  settleSamples: 0,
});

function items(total, size) {
  return Array.from({ length: total / size }, (_, k) => ({
    kind: "samples",
    start: k * size,
    data: Float32Array.from({ length: nChannels * size }, () => 40 * Math.random() - 20),
    nSamples: size,
  }));
}

/** Processor time, so that other programs on the machine count for neither side. */
function times(work) {
  for (let i = 0; i < 3; i++) work();
  return Array.from({ length: rounds }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e3;
  });
}

/** Milliseconds of each round for a new stage fed with all items. */
function feed(factory, [hz, list]) {
  return times(() => {
    const stage = factory(stream(hz));
    for (const item of list) stage.push(item);
    stage.end();
  });
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

export async function run(print) {
  const long = [160, items(nSamples, nSamples)];
  const chunked = [160, items(nSamples / 4, chunk)];
  const fast = [250, items(nSamples, nSamples)];
  const own = {};
  // Both sides twice and in turn, so that a busy moment of the machine does not fall on one alone.
  const peer = {};
  for (let turn = 0; turn < 2; turn++) {
    const script = fileURLToPath(new URL("scipy_filter.py", import.meta.url));
    const { status, stdout } = spawnSync("python3", [script, String(rounds)], { encoding: "utf8" });
    const result = status === 0 ? JSON.parse(stdout) : {};
    const measured = { resample: feed(resampleStage({ sfreq: sfreq(160) }), fast) };
    for (const order of [2, 4]) {
      const factory = bandpassStage({ lowHz: 1, highHz: 40, order });
      measured[`long${order}`] = feed(factory, long);
      measured[`chunks${order}`] = feed(factory, chunked);
    }
    for (const key of Object.keys(measured)) {
      (own[key] ??= []).push(...measured[key]);
      (peer[key] ??= []).push(...(result[key] ?? []));
    }
    peer.version = result.version;
  }
  if (!peer.version) print("SciPy is not installed (python3): its side is skipped");
  const report = (key, what, perSecond) => {
    const line = [`${what}: ${(1e3 * perSecond * Math.min(...own[key])).toFixed(0)} µs per second of signal`];
    if (peer.version) {
      const fastest = Math.min(...peer[key]) / Math.min(...own[key]);
      const typical = median(peer[key]) / median(own[key]);
      line.push(
        `SciPy ${peer.version} takes ${fastest.toFixed(2)} times as long (median ${typical.toFixed(2)})`,
      );
    }
    print(line.join("; "));
  };
  for (const order of [2, 4]) {
    report(
      `long${order}`,
      `band-pass of order ${order}, 64 channels, one stretch of 2 minutes`,
      160 / nSamples,
    );
    report(
      `chunks${order}`,
      `band-pass of order ${order}, 64 channels, chunks of 100 ms`,
      (4 * 160) / nSamples,
    );
  }
  report("resample", "resampling 250 to 160 Hz, 64 channels, one stretch", 250 / nSamples);
}
