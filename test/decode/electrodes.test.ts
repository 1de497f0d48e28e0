/** Every shipped model on other sets, orders and spellings of electrodes. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { calibrateChannels } from "../../src/decode/calibrate-channels.ts";
import { calibrate } from "../../src/decode/calibrate.ts";
import type { Calibration } from "../../src/decode/calibration.ts";
import { decode } from "../../src/decode/decode.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import { createRandom } from "../../src/eeg/random.ts";
import { through } from "../../src/eeg/stage.ts";
import type { Item } from "../../src/eeg/item.ts";
import { blobSource } from "../../src/formats/byte-source.ts";
import { openRecording } from "../../src/formats/open.ts";
import { loadEncoder } from "../../src/model/load.node.ts";
import type { Model } from "../../src/model/model.ts";
import { pickStage } from "../../src/signal/pick.ts";
import { all } from "./streams.ts";

const nSignals = 32;
/** The first 80 s of the recording. */
const bytes = shortened(readFileSync("recordings/demo.edf"), 80);
const names = Array.from({ length: nSignals }, (_, i) => labelAt(i).trim());

/** An EDF+ file of records of 1 s with so many of them (EDF, section 2: header bytes, number of records, their length). */
function shortened(file: Buffer, records: number): Buffer {
  const headerBytes = Number(file.toString("latin1", 184, 192));
  const all = Number(file.toString("latin1", 236, 244));
  const each = (file.length - headerBytes) / all;
  const short = Buffer.from(file.subarray(0, headerBytes + records * each));
  short.write(String(records).padEnd(8), 236, "latin1");
  return short;
}

/** Of a signal, in EDF's header (section 2.1). */
function labelAt(i: number): string {
  return bytes.toString("latin1", 256 + 16 * i, 272 + 16 * i);
}

/** The recording with other labels in its header. */
function relabelled(labels: readonly string[]): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  labels.forEach((label, i) => copy.set(Buffer.from(label.padEnd(16), "latin1"), 256 + 16 * i));
  return copy;
}

async function itemsOf(labels: readonly string[] = names): Promise<Item[]> {
  const recording = await openRecording(blobSource(new Blob([relabelled(labels)]), "demo.edf"));
  const items = await all(recording.items());
  await recording.close();
  return items;
}

const only = (items: readonly Item[], labels: readonly string[]): Promise<Item[]> =>
  all(through(items, pickStage(labels)));

const older: Readonly<Record<string, string>> = { T7: "T3", T8: "T4", P7: "T5", P8: "T6" };
/** Other spellings of the same electrode, as recordings have them. */
const spellings: readonly ((name: string) => string)[] = [
  (name) => older[name] ?? name.toUpperCase(),
  (name) => `EEG ${older[name] ?? name}-Ref`,
  (name) => `${name[0]}${name.slice(1).toLowerCase()}`.padEnd(4, "."),
  (name) => name.toLowerCase(),
  (name) => `EEG ${name.toUpperCase()}`,
];

const shipped = readdirSync("models").filter((name) => existsSync(`models/${name}/weights.safetensors`));

describe.each(shipped)("%s", (name) => {
  let model: Model;
  let items: Item[];
  let whole: Decision[];
  /** Electrodes of the recording that are in the model's region, and the others. */
  let region: string[];
  let elsewhere: string[];

  const decided = (of: readonly Item[], calibration?: Calibration): Promise<Decision[]> =>
    all(decode(of, model, { clock: "none", ...(calibration && { calibration }) }));

  /** A calibration of the person on these very items, or nothing for a model that takes none. */
  async function fitted(of: readonly Item[]): Promise<Calibration | undefined> {
    const { calibration } = model.manifest;
    if (calibration === "none") return undefined;
    const how = { state: calibration.state, name: "demo", seconds: 40 };
    return calibration.way === "align-channels"
      ? calibrateChannels(of, model, how)
      : calibrate(of, model, how);
  }

  beforeAll(async () => {
    model = await loadEncoder(`models/${name}`);
    items = await itemsOf();
    whole = await decided(items);
    const wanted = model.manifest.input.channels.region;
    region = names.filter((label) => wanted.includes(label));
    elsewhere = names.filter((label) => !wanted.includes(label));
  });

  test("decides the same, bit for bit, whatever the order of the channels", async () => {
    const random = createRandom(7);
    const shuffled = names.toSorted(() => random.uniform() - 0.5);
    expect(shuffled).not.toEqual(names);
    const permuted = await only(items, shuffled);
    expect(await decided(permuted)).toEqual(whole);
    const calibration = await fitted(permuted);
    if (calibration)
      expect(await decided(permuted, calibration)).toEqual(await decided(items, await fitted(items)));
  });

  test("and however they are spelled", async () => {
    for (const [s, spell] of spellings.entries()) {
      const renamed = await itemsOf(names.map(spell));
      expect(await decided(renamed)).toEqual(whole);
      if (s > 1) continue;
      const calibration = await fitted(items);
      if (calibration) expect(await decided(renamed, calibration)).toEqual(await decided(items, calibration));
    }
    const mixed = names.map((label, i) => spellings[i % spellings.length]!(label));
    expect(await decided(await itemsOf(mixed))).toEqual(whole);
  });

  test("decides with some of its region's electrodes, and refuses fewer by name", async () => {
    const { atLeast, region: wanted } = model.manifest.input.channels;
    const enough = await decided(await only(items, [...elsewhere, ...region.slice(0, atLeast)]));
    expect(enough).toHaveLength(whole.length);
    expect(enough.filter(({ label }) => label !== null).length).toBeGreaterThan(300);
    expect(enough).not.toEqual(whole);
    const few = await only(items, [...elsewhere, ...region.slice(0, atLeast - 1)]);
    await expect(decided(few)).rejects.toThrow(
      `model ${name} needs ${atLeast} or more of ${wanted.join(", ")}; the recording has `,
    );
  });

  test("does without electrodes that are lost on the way, and abstains where too few are left", async () => {
    const { atLeast } = model.manifest.input.channels;
    const lost = lose(items, { labels: region.slice(atLeast), fromSecond: 35 });
    const after = (decisions: readonly Decision[]) => decisions.filter(({ time }) => time > 50);
    const partly = after(await decided(lost));
    const gone = after(await decided(lose(items, { labels: region.slice(atLeast - 1), fromSecond: 35 })));
    expect(partly.every(({ reasons }) => reasons.includes("channels-missing") || reasons.length === 0)).toBe(
      true,
    );
    expect(gone.every(({ label, reasons }) => label === null && reasons.includes("channels-missing"))).toBe(
      true,
    );
    for (const { probabilities } of partly)
      if (probabilities) for (const p of Object.values(probabilities)) expect(p >= 0 && p <= 1).toBe(true);
  });

  test("refuses a stream that lacks an electrode of its alignment, by name", async () => {
    const calibration = await fitted(items);
    if (!calibration || !("covariance" in calibration)) return;
    const without = await only(
      items,
      names.filter((label) => label !== "Fp1"),
    );
    await expect(decided(without, calibration)).rejects.toThrow(
      "channel alignment: the stream has no channel Fp1",
    );
    expect(await fitted(without)).toBeDefined();
    expect((await decided(without, await fitted(without))).some(({ label }) => label !== null)).toBe(true);
  });
});

/** The same recording, in which channels become NaN at a time. */
function lose(
  items: readonly Item[],
  { labels, fromSecond }: { readonly labels: readonly string[]; readonly fromSecond: number },
): Item[] {
  const first = items[0]!;
  if (first.kind !== "info") throw new TypeError("no info");
  const { channels, sfreq } = first.stream;
  const from = (fromSecond * sfreq.num) / sfreq.den;
  return items.map((item) => {
    if (item.kind !== "samples") return item;
    const data = item.data.slice();
    channels.forEach(({ label }, c) => {
      if (!labels.includes(label)) return;
      for (let i = 0; i < item.nSamples; i++) if (item.start + i >= from) data[c * item.nSamples + i] = NaN;
    });
    return { ...item, data };
  });
}
