import { afterAll, describe, expect, test } from "@jest/globals";
import type { CaptureEvent, Loss } from "../../src/capture/capture-event.ts";
import { memorySamples } from "../../src/capture/comparability.ts";
import { verifyCapture } from "../../src/capture/verify.ts";
import { streamInfo } from "../tokens/signals.ts";
import { captureOf, cleanUp, decoderWith, frames, model, served, type Pipeline } from "./made-capture.ts";

afterAll(cleanUp);

/** The events as a subscriber gets them that lacks a stretch of samples, and what was decided up to its end. */
async function* lacking(
  events: AsyncIterable<CaptureEvent>,
  { start, end, reason }: { readonly start: number; readonly end: number; readonly reason: Loss["reason"] },
): AsyncGenerator<CaptureEvent> {
  let told = false;
  for await (const event of events) {
    const at = event.kind === "decision" ? event.sample - 1 : "start" in event ? event.start : null;
    if (at === null || at < start || at >= end) {
      yield event;
      continue;
    }
    if (told || event.kind === "decision") continue;
    told = true;
    const nSamples = end - start;
    yield { kind: "loss", what: "everything", reason, ranges: [{ start, nSamples }] };
    yield { kind: "gap", start, nSamples, reason: reason === "late" ? "edge" : "lost" };
  }
}

const remembers = (pipeline: Partial<Pipeline> = {}): number =>
  memorySamples([model], decoderWith(pipeline), streamInfo());

describe.each([
  ["as they are", {}],
  ["smoothed and held", { smoothSeconds: 0.1, dwellSeconds: 0.3 }],
] as const)("decisions %s, behind samples that were not captured", (_, pipeline) => {
  test.each([
    ["late", 0, 400],
    ["late", 0, 1000],
    ["expired", 640, 800],
    ["slow", 1000, 1008],
  ] as const)(
    "%s, samples %d to %d: what is compared is close, and the rest is counted",
    async (reason, start, end) => {
      const seconds = Math.ceil((end + remembers(pipeline)) / 160) + 4;
      const folder = await captureOf(lacking(served([frames(seconds)], pipeline), { start, end, reason }));
      const verdict = await verifyCapture(folder, { model });
      expect(verdict).toMatchObject({ holds: true, different: 0, missing: 0 });
      expect(verdict.largest).toBeLessThan(1e-7); // two orders below the tolerance
      expect(verdict.incomparable).toBe(
        Math.ceil((end + remembers(pipeline)) / 16) - Math.floor(end / 16) - (start === 0 ? 1 : 1),
      );
      expect(verdict.equal + verdict.close).toBeGreaterThan(30);
      expect(verdict.equal + verdict.close + verdict.incomparable).toBe(verdict.decisions);
    },
  );
});

test("before that they do differ: the bound is not idle", async () => {
  const folder = await captureOf(lacking(served([frames(12)]), { start: 0, end: 400, reason: "late" }));
  const bound = await verifyCapture(folder, { model });
  // the same capture without the loss told: everything is compared bit for bit, as if the samples had never been
  const untold = await captureOf(
    (async function* () {
      for await (const event of lacking(served([frames(12)]), { start: 0, end: 400, reason: "late" }))
        if (event.kind !== "loss") yield event;
    })(),
  );
  const naive = await verifyCapture(untold, { model });
  expect(bound.different).toBe(0);
  expect(naive.different).toBeGreaterThan(5);
});

test("a refractory time remembers for ever: nothing behind a hole is compared", async () => {
  expect(remembers({ refractorySeconds: 1 })).toBe(Infinity);
  const events = served([frames(8)], { refractorySeconds: 1 });
  const verdict = await verifyCapture(
    await captureOf(lacking(events, { start: 320, end: 480, reason: "slow" })),
    {
      model,
    },
  );
  expect(verdict).toMatchObject({ holds: true, different: 0, close: 0 });
  expect(verdict.incomparable).toBeGreaterThan(40);
  expect(verdict.equal).toBeGreaterThan(10);
});

test("decisions that were left out are neither missing nor equal", async () => {
  async function* without(): AsyncGenerator<CaptureEvent> {
    for await (const event of served([frames(4)])) {
      if (event.kind === "decision" && event.sample > 200 && event.sample < 300) {
        if (event.sample < 217)
          yield { kind: "loss", what: "decisions", reason: "slow", ranges: [{ start: 201, nSamples: 99 }] };
      } else yield event;
    }
  }
  expect(await verifyCapture(await captureOf(without()), { model })).toMatchObject({
    holds: true,
    missing: 0,
    incomparable: 0,
  });
});

test("a segment that another model decoded is not compared", async () => {
  const events = (async function* () {
    let segment = 0;
    for await (const event of served([frames(2), frames(2), frames(2)]))
      if (event.kind === "segment" && ++segment === 2)
        yield { ...event, decoder: { ...event.decoder!, name: "another", weights: "2".repeat(64) } };
      else yield event;
  })();
  const verdict = await verifyCapture(await captureOf(events), { model });
  expect(verdict.holds).toBe(true);
  expect(verdict.notes).toEqual(["segment 1 was decoded by another model, another: not compared"]);
  expect(verdict.incomparable).toBe(verdict.decisions / 3);
});
