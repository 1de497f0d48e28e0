import { afterAll, expect, test } from "@jest/globals";
import koffi from "koffi";
import { EegError } from "../../src/eeg/errors.ts";
import { loadLiblsl } from "../../src/lsl/library.node.ts";
import { openLslInlet } from "../../src/lsl/inlet.node.ts";
import { openLslOutlet } from "../../src/lsl/outlet.node.ts";
import { describeWithLiblsl } from "./liblsl.ts";
import { collect, madeStream, pushRamp, range, sleep, stopAll, unique } from "./made-stream.ts";

afterAll(stopAll);

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EegError)) throw new Error("was not refused");
  return `${error.code}: ${error.message}`;
}

/** liblsl's number of each format, and how its samples are pushed. */
const pushers = {
  int8: [6, "lsl_push_sample_c", "int8_t", (of: number[]) => Int8Array.from(of)],
  int16: [5, "lsl_push_sample_s", "int16_t", (of: number[]) => Int16Array.from(of)],
  int32: [4, "lsl_push_sample_i", "int32_t", (of: number[]) => Int32Array.from(of)],
  int64: [7, "lsl_push_sample_l", "int64_t", (of: number[]) => BigInt64Array.from(of.map(BigInt))],
  double64: [2, "lsl_push_sample_d", "double", (of: number[]) => Float64Array.from(of)],
} as const;

/** Pushes 0 to 99 and -5 in millivolts, and expects them in microvolts. */
async function comesOut(format: keyof typeof pushers): Promise<void> {
  const [number, push, type, typed] = pushers[format];
  const library = koffi.load(process.env["LSL_LIB"]!);
  const c = (signature: string) => library.func(signature);
  const name = unique(format);
  const create = c("void *lsl_create_streaminfo(str n, str t, int c, double r, int f, str s)");
  const info = create(name, "EEG", 2, 250, number, name);
  const append = c("void *lsl_append_child(void *e, str n)");
  const value = c("void *lsl_append_child_value(void *e, str n, str v)");
  const channels = append(c("void *lsl_get_desc(void *i)")(info), "channels");
  for (const label of ["O1", "O2"]) {
    const channel = append(channels, "channel");
    value(channel, "label", label);
    value(channel, "unit", "millivolts");
  }
  const outlet = c("void *lsl_create_outlet(void *i, int c, int b)")(info, 0, 60);
  const inlet = await openLslInlet({ name });
  expect(inlet.diagnostics.map(({ code }) => code)).toEqual(format === "int64" ? ["LSL_PRECISION"] : []);
  const got = collect(inlet);
  await sleep(300);
  const pushSample = c(`int ${push}(void *o, ${type} *values)`);
  for (let k = 0; k < 300; k++) pushSample(outlet, typed([k % 100, -5]));
  await got.until(() => got.samples > 0);
  const first = got.items.find((item) => item.kind === "samples")!;
  expect([...first.data.subarray(0, 3)]).toEqual([0, 1000, 2000]);
  expect(first.data.at(-1)).toBe(-5000);
  await got.stop();
  c("void lsl_destroy_outlet(void *o)")(outlet);
}

describeWithLiblsl("inlet", () => {
  test.concurrent(
    "what an outlet pushes comes out bit for bit, in order, with what is said of it",
    async () => {
      const info = madeStream(unique("bits"), ["O1", "O2", "Cz"]);
      const outlet = await openLslOutlet(info);
      const inlet = await openLslInlet({ name: info.name });
      expect(inlet.info).toEqual({
        ...info,
        channels: info.channels.map((channel) => ({ ...channel, position: expect.any(Array) })),
      });
      expect(inlet.header.manufacturer).toBe("brainwire");
      expect(inlet.diagnostics).toEqual([]);
      const got = collect(inlet);
      await sleep(300);
      const total = 2000;
      const data = Float32Array.from({ length: 3 * total }, (_, i) => Math.sin(i) * 50);
      const begun = outlet.now();
      for (let start = 0; start < total; start += 100) {
        const chunk = new Float32Array(300);
        for (let c = 0; c < 3; c++)
          chunk.set(data.subarray(c * total + start, c * total + start + 100), c * 100);
        outlet.push({ kind: "samples", start, nSamples: 100, data: chunk }, (k) => begun + k / 250);
        await sleep(5);
      }
      await got.until(() => got.samples === total);
      const out = new Float32Array(3 * total);
      for (const item of got.items) {
        if (item.kind !== "samples") continue;
        for (let c = 0; c < 3; c++) {
          const channel = item.data.subarray(c * item.nSamples, (c + 1) * item.nSamples);
          out.set(channel, c * total + item.start);
        }
      }
      expect(out).toEqual(data);
      expect(inlet.timeOf(0, 1000)! - begun - 4).toBeCloseTo(0, 2);
      expect(inlet.timeOf(1, 0)).toBeNull();
      await got.stop();
      await outlet.close();
    },
  );

  test.concurrent("samples that were lost are a gap", async () => {
    const info = madeStream(unique("lost"));
    const outlet = await openLslOutlet(info);
    const got = collect(await openLslInlet({ name: info.name, type: "eeg" }));
    await sleep(300);
    const begun = outlet.now() - 10;
    pushRamp(outlet, info, { from: 0, to: 500, begun });
    pushRamp(outlet, info, { from: 625, to: 1000, begun });
    await got.until(() => got.samples === 875);
    expect(got.segments[0]!.slice(498, 502)).toEqual([498, 499, Number.NaN, Number.NaN]);
    expect(got.segments[0]!.slice(624, 627)).toEqual([Number.NaN, 625, 626]);
    await got.stop();
    await outlet.close();
  });

  test.concurrent("a sender that is lost and found again goes on behind a gap", async () => {
    const info = madeStream(unique("recovers"));
    const first = await openLslOutlet(info);
    const got = collect(await openLslInlet({ name: info.name }));
    await sleep(300);
    const begun = first.now() - 2;
    pushRamp(first, info, { from: 0, to: 500, begun });
    await got.until(() => got.samples === 500);
    await first.close();
    await sleep(500);
    const second = await openLslOutlet(info);
    const lsl = await loadLiblsl();
    const elapsed = (): number => Math.floor((lsl.localClock() - begun) * 250);
    for (let next = elapsed(), k = 0; got.samples < 800 && k < 500; k++) {
      await sleep(20);
      const to = elapsed();
      pushRamp(second, info, { from: next, to, begun });
      next = to;
    }
    expect(got.segments.length).toBe(1);
    const places = got.segments[0]!;
    expect(places.every((value, place) => Number.isNaN(value) || value === place)).toBe(true);
    expect(got.items.some((item) => item.kind === "gap" && item.start === 500)).toBe(true);
    await got.stop();
    await second.close();
  });

  test.concurrent(
    "one with other channels begins a new segment, also where nothing but its name tells it",
    async () => {
      const info = { ...madeStream(unique("changes")), sourceId: "" };
      const first = await openLslOutlet(info);
      const got = collect(await openLslInlet({ name: info.name }));
      await sleep(300);
      pushRamp(first, info, { from: 0, to: 500, begun: first.now() - 2 });
      await got.until(() => got.samples === 500);
      await first.close();
      const changed = { ...madeStream(info.name, ["P3", "P4", "Pz"]), sourceId: "" };
      const second = await openLslOutlet(changed);
      await got.until(() => got.segments.length === 2);
      await sleep(300);
      pushRamp(second, changed, { from: 0, to: 300, begun: second.now() - 2 });
      await got.until(() => got.samples === 800);
      expect(got.segments[1]).toEqual(range(0, 300));
      const infos = got.items.flatMap((item) => (item.kind === "info" ? [item.stream] : []));
      expect(infos.map(({ segment, channels }) => [segment, channels.length])).toEqual([
        [0, 2],
        [1, 3],
      ]);
      await got.stop();
      await second.close();
    },
  );

  test.concurrent("texts of another stream are markers, at the place of their stamp", async () => {
    const info = madeStream(unique("marked"));
    const outlet = await openLslOutlet(info);
    const lsl = await loadLiblsl();
    const texts = lsl.createOutlet({
      name: unique("task"),
      type: "Markers",
      nChannels: 1,
      sfreqHz: 0,
      format: "string",
      sourceId: unique("task"),
      desc: [],
    });
    const got = collect(await openLslInlet({ name: info.name, markers: unique("task") }));
    await sleep(300);
    const begun = outlet.now();
    lsl.pushText(texts, "eyes closed", begun + 2.002);
    await sleep(200);
    pushRamp(outlet, info, { from: 0, to: 500, begun });
    pushRamp(outlet, info, { from: 500, to: 1000, begun });
    await got.until(() => got.samples === 1000);
    lsl.pushText(texts, "tõo late 🧠", begun + 1);
    await sleep(300);
    pushRamp(outlet, info, { from: 1000, to: 1100, begun });
    await got.until(() => got.samples === 1100);
    const markers = got.items.filter((item) => item.kind === "marker");
    expect(markers.map(({ text, onset }) => [text, Math.round(onset * 10) / 10])).toEqual([
      ["eyes closed", 500.5],
      ["tõo late 🧠", 250],
    ]);
    const holds = got.items.findIndex(
      (item) => item.kind === "samples" && item.start <= 500 && item.start + item.nSamples > 500,
    );
    expect(got.items.indexOf(markers[0]!)).toBeLessThan(holds);
    await got.stop();
    await lsl.destroyOutlet(texts);
    await outlet.close();
  });

  test.concurrent("numbers of every format, in millivolts", async () => {
    await loadLiblsl();
    await Promise.all(Object.keys(pushers).map((format) => comesOut(format as keyof typeof pushers)));
  });

  test.concurrent("refusals say what is there", async () => {
    const info = madeStream(unique("here"));
    const outlets = [await openLslOutlet(info), await openLslOutlet({ ...info, sourceId: unique("twin") })];
    const lsl = await loadLiblsl();
    const declared = { type: "T", nChannels: 1, sfreqHz: 0, sourceId: "", desc: [] };
    const texts = lsl.createOutlet({ ...declared, name: unique("texts"), format: "string" });
    const numbers = lsl.createOutlet({ ...declared, name: unique("numbers"), format: "float32" });
    const [none, several, ...others] = await Promise.all(
      [
        { name: "nowhere" },
        { name: info.name },
        { name: unique("texts") },
        { name: unique("numbers") },
        { name: info.name, sourceId: unique("twin"), markers: unique("numbers") },
      ].map((address) => refusal(openLslInlet(address))),
    );
    expect(none).toContain("LSL_STREAM: no LSL stream has name=nowhere; on the network: '");
    expect(several).toContain(
      `2 LSL streams have name=${info.name}; name one of them by source_id or host: `,
    );
    expect(several).toContain(`source_id=${unique("twin")}`);
    expect(others).toEqual([
      expect.stringContaining("holds texts"),
      expect.stringContaining("has no sampling rate"),
      expect.stringContaining("holds numbers (float32), not texts"),
    ]);
    for (const outlet of outlets) await outlet.close();
    await lsl.destroyOutlet(texts);
    await lsl.destroyOutlet(numbers);
  });
});
