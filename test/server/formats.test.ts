import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { decode } from "../../src/decode/decode.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import type { Item } from "../../src/eeg/item.ts";
import { openFile } from "../../src/formats/open.node.ts";
import { replay } from "../../src/source/replay.ts";
import { randomModel } from "../model/random-model.ts";
import { sharedData } from "../shared-data.ts";
import { decodingBy, madeRecording, openHello, startTestServer, stopServers } from "./harness.ts";

jest.setTimeout(60_000);
afterEach(stopServers);

const demo = fileURLToPath(new URL("../../recordings/demo.edf", import.meta.url));
const files = [
  "edf/made_edfplusd_gaps.edf",
  "bdf/test_bdf_stim_channel.bdf",
  "brainvision/made/bv_int_16_vec.vhdr",
  "gdf/biosig_sample.gdf",
  "xdf/made_negative_offsets.xdf",
];

/** What a file says, piece after piece: samples and gaps tile its grid however they were cut. */
interface Content {
  channels: string[];
  values: number[][];
  gaps: string[];
}

function add(content: Content, item: Item): void {
  if (item.kind === "gap") content.gaps.push(`${item.start}+${item.nSamples} ${item.reason}`);
  if (item.kind !== "samples") return;
  const { data, nSamples } = item;
  content.channels.forEach((_, c) =>
    content.values[c]!.push(...data.subarray(c * nSamples, (c + 1) * nSamples)),
  );
}

const empty = (channels: string[]): Content => ({ channels, values: channels.map(() => []), gaps: [] });

describe("a served file is the file, whatever its format", () => {
  const found = files.map((name) => ({ name, path: sharedData(`recordings/formats/${name}`) }));
  for (const { name } of found.filter(({ path }) => path === null))
    test.skip(`${name} (skipped: test data absent)`, () => undefined);
  const present = found.flatMap(({ name, path }) => (path === null ? [] : [[name, path] as const]));
  if (present.length === 0) return;
  test.each(present)("%s", async (_, path) => {
    const recording = await openFile(path);
    const labels = recording.streams[recording.defaultStream]!.channels.map(({ label }) => label);
    const expected = empty(labels);
    let segments = 0;
    for await (const item of recording.items()) {
      if (item.kind === "info") segments++;
      add(expected, item);
    }
    expect(segments).toBe(1);
    const server = await startTestServer();
    await server.addRecording(recording, { speed: "max" });
    const raw = await openHello(server.url);
    raw.send({ kind: "subscribe", what: ["samples"] });
    const { info } = await raw.take("info");
    const got = empty(info.channels.map(({ label }) => label));
    for (;;) {
      const message = await raw.next();
      if (message.kind === "frame") add(got, message.samples);
      if (message.kind === "gap") add(got, message as Item);
      if (message.kind === "state" && message.status === "ended") break;
    }
    expect(got.channels).toEqual(expected.channels);
    expect(got.gaps).toEqual(expected.gaps);
    expect(got.values.map((row) => row.length)).toEqual(expected.values.map((row) => row.length));
    got.values.forEach((row, c) =>
      expect(row.findIndex((value, i) => !Object.is(value, expected.values[c]![i]))).toBe(-1),
    );
  });
});

test("at 1x and at full speed a recording's decisions are those of `decode`", async () => {
  const seconds = 4;
  const items: Item[] = [];
  const opened = await openFile(demo);
  for await (const item of replay(opened, { chunkSeconds: 0.1 })) {
    if (item.kind === "samples" && item.start >= seconds * 200) break;
    if (item.kind !== "marker") items.push(item);
  }
  await opened.close();
  const [first] = items;
  const stream = first?.kind === "info" ? first.stream : null;
  const expected: Decision[] = [];
  const source = (async function* () {
    yield* items;
  })();
  for await (const { timing: _, ...decision } of decode(source, randomModel())) expected.push(decision);
  expect(expected.length).toBeGreaterThan(30);

  const server = await startTestServer({ decoding: decodingBy(randomModel()) });
  const recording = madeRecording(items.slice(1), stream!);
  await server.addRecording(recording, { speed: 1, name: "slow" });
  await server.addRecording(recording, { speed: "max", name: "fast" });
  const read = async (name: string): Promise<{ decisions: Decision[]; tookMs: number }> => {
    const raw = await openHello(server.url);
    const begun = performance.now();
    raw.send({ kind: "subscribe", stream: name, what: ["decisions"] });
    const decisions: Decision[] = [];
    for (;;) {
      const message = await raw.next();
      if (message.kind === "decision") {
        const { timing: _, ...decision } = message.decision;
        decisions.push(decision);
      }
      if (message.kind === "state" && message.status === "ended")
        return { decisions, tookMs: performance.now() - begun };
    }
  };
  const [slow, fast] = await Promise.all([read("slow"), read("fast")]);
  expect(slow.decisions).toEqual(expected);
  expect(fast.decisions).toEqual(expected);
  expect(slow.tookMs).toBeGreaterThan(seconds * 1000 - 100);
});
