import { beforeAll, describe, expect, test } from "@jest/globals";
import { inputStage } from "../../../src/decode/input.ts";
import type { Item } from "../../../src/eeg/item.ts";
import { sphericalHarmonics } from "../../../src/eeg/harmonics.ts";
import { openFile } from "../../../src/formats/open.node.ts";
import { createEngine } from "../../../src/model/engines.ts";
import { unseen } from "../../../src/model/graph/layer-graph.ts";
import { samplesGraph, sequenceGraph } from "../../../src/model/graph/sequence-graph.ts";
import { samplesOf } from "../../../src/model/graph/token-graph.ts";
import { tokenDefinition, type Model } from "../../../src/model/model.ts";
import { type Token, tokenNumbers } from "../../../src/tokens/token.ts";
import { tokensStage } from "../../../src/tokens/tokens-stage.ts";
import { createSession } from "../../../src/train/session.node.ts";
import { describeWith, eegmmidb } from "../../shared-data.ts";
import { evokedSizes, randomModel, usualSizes } from "../random-model.ts";

const patches = 400;

/** Seconds 11 to 11.55 and 20 to 24 of a stream got lost. */
function* withGaps(items: readonly Item[]): Generator<Item> {
  const gaps = [
    [1760, 1848],
    [3200, 3840],
  ] as const;
  for (const item of items) {
    if (item.kind !== "samples") continue;
    const nChannels = item.data.length / item.nSamples;
    for (let from = 0; from < item.nSamples; from += 8) {
      const at = item.start + from;
      const n = Math.min(8, item.nSamples - from);
      if (gaps.some(([a, b]) => at >= a && at < b))
        yield { kind: "gap", start: at, nSamples: n, reason: "lost" };
      else {
        const data = new Float32Array(nChannels * n);
        for (let c = 0; c < nChannels; c++)
          data.set(item.data.subarray(c * item.nSamples + from, c * item.nSamples + from + n), c * n);
        yield { kind: "samples", start: at, nSamples: n, data };
      }
    }
  }
}

describeWith(eegmmidb("S003R02"), "the whole-sequence graph on a real recording with gaps", (path) => {
  describe.each([
    ["rhythms", usualSizes],
    ["rhythms and evoked responses", evokedSizes],
  ])("%s", (_, sizes) => {
    const model: Model = randomModel({ seed: 3, sizes });
    const { classes } = sizes;
    const numbers = tokenNumbers(sizes);
    let tokens: Token[];
    let samples: Float32Array;
    let phi: Float32Array;
    let channels: number;
    let streamed: (Float32Array | null)[];

    beforeAll(async () => {
      const recording = await openFile(path);
      const items: Item[] = [];
      for await (const item of recording.items()) items.push(item);
      await recording.close();
      const input = inputStage(model.manifest)(recording.streams[recording.defaultStream]!);
      const stage = tokensStage(tokenDefinition(model))(input.output);
      channels = input.output.channels.length;
      phi = new Float32Array(
        input.output.channels.flatMap(({ position }) => [...sphericalHarmonics(position!)]),
      );
      const nSamples = samplesOf(patches);
      samples = new Float32Array(channels * nSamples);
      tokens = [];
      for (const raw of withGaps(items))
        for (const item of input.push(raw as Exclude<Item, { kind: "info" }>)) {
          if (item.kind === "samples")
            for (let c = 0; c < channels; c++)
              for (let i = 0; i < item.nSamples && item.start + i < nSamples; i++)
                samples[c * nSamples + item.start + i] = item.data[c * item.nSamples + i]!;
          if (item.kind === "samples" || item.kind === "gap")
            for (const token of stage.push(item)) if (token.kind === "token") tokens.push(token);
        }
      tokens = tokens.slice(0, patches);

      const engine = createEngine(model, { engine: "wasm" });
      const slot = engine.open();
      streamed = [];
      for (const { patch, values } of tokens)
        streamed.push(values && (await engine.step([{ slot, patch, token: values }])).slice());
      await engine.release();
    });

    const mask = () => Float32Array.from(tokens, ({ values }) => (values ? 0 : unseen));

    function expectStreamed(logits: Float32Array, tolerance: number): void {
      let worst = 0;
      streamed.forEach((wanted, p) => {
        wanted?.forEach((v, c) => (worst = Math.max(worst, Math.abs(v - logits[p * classes + c]!))));
      });
      expect(worst).toBeLessThan(tolerance);
    }

    test("has masked patches at the start and around the gaps", () => {
      const masked = tokens.filter(({ values }) => !values).map(({ patch }) => patch);
      expect(masked[0]).toBe(0);
      expect(masked).toContain(110);
      expect(masked).toContain(220);
      expect(masked.length).toBeLessThan(120);
    });

    test("agrees with the streaming form at every hop, from tokens", async () => {
      const session = await createSession(sequenceGraph(model, { batch: 1, patches }));
      const flat = new Float32Array(patches * numbers);
      for (const { patch, values } of tokens) if (values) flat.set(values, patch * numbers);
      expectStreamed((await session.run({ tokens: flat, mask: mask() }))["logits"]!, 1e-5);
      await session.release();
    });

    test("agrees with it from samples", async () => {
      const session = await createSession(samplesGraph(model, { batch: 1, patches, channels }));
      const there = new Float32Array(channels).fill(1);
      const outputs = await session.run({ samples, phi, known: there, present: there, mask: mask() });
      let worst = 0;
      for (const { patch, values } of tokens)
        values?.forEach(
          (v, i) => (worst = Math.max(worst, Math.abs(v - outputs["tokens"]![patch * values.length + i]!))),
        );
      expect(worst).toBeLessThan(2e-4);
      expectStreamed(outputs["logits"]!, 1e-5);
      await session.release();
    });
  });
});
