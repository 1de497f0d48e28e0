import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { from, Subject, toArray } from "rxjs";
import { createActing } from "../../src/decode/acting.ts";
import { decode, decodeItems } from "../../src/decode/decode.ts";
import { dwell, refractory, smooth } from "../../src/decode/decision-operators.ts";
import type { DecisionStageFactory } from "../../src/decode/decision-stage.ts";
import { dwellStage } from "../../src/decode/dwell.ts";
import { createGate } from "../../src/decode/gate.ts";
import type { Dropped } from "../../src/decode/hop-queue.ts";
import { refractoryStage } from "../../src/decode/refractory.ts";
import { smoothStage } from "../../src/decode/smooth.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import type { Info, Item, Marker } from "../../src/eeg/item.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import type { Model } from "../../src/model/model.ts";
import { randomModel } from "../model/random-model.ts";
import { streamInfo } from "../tokens/signals.ts";
import { all, interrupted, source } from "./streams.ts";

/** Decisions every 10 samples of a stream of 100 Hz: `p` is the probability of `on`; null abstains for a gap. */
function said(ps: readonly (number | null)[]): Decision[] {
  return ps.map((p, i) => {
    const sample = 10 * (i + 1);
    const common = { kind: "decision", sample, time: sample / 100 } as const;
    if (p === null)
      return {
        ...common,
        label: null,
        probability: null,
        probabilities: null,
        abstained: true,
        reasons: ["gap"],
      };
    const label = p > 0.5 ? "on" : "off";
    const probabilities = { on: p, off: 1 - p };
    return {
      ...common,
      label,
      probability: Math.max(p, 1 - p),
      probabilities,
      abstained: false,
      reasons: [],
    };
  });
}

function through(factory: DecisionStageFactory, ps: readonly (number | null)[]): Decision[] {
  return said(ps).map(factory(sfreq(100)));
}

/** The label, or why there is none. */
const short = ({ label, reasons }: Decision): string => label ?? `(${reasons.join("+")})`;

describe("smooth", () => {
  test("is the exponential mean over what was decided, weighted by age", () => {
    const ps = [0.9, 0.2, null, 0.6, 0.1];
    const list = through(smoothStage({ seconds: 0.2 }), ps);
    list.forEach(({ probabilities }, i) => {
      if (ps[i] === null) return expect(probabilities).toBeNull();
      const seen = ps.slice(0, i + 1);
      const weights = seen.map((p, j) => (p === null ? 0 : Math.exp(-(i - j) * 0.5)));
      const sum = weights.reduce((a, w, j) => a + w * (seen[j] ?? 0), 0);
      expect(probabilities!["on"]).toBeCloseTo(sum / weights.reduce((a, w) => a + w), 12);
    });
    expect(list.map(short)).toEqual(["on", "off", "(gap)", "on", "off"]);
  });

  test("judges confidence anew, and leaves other abstentions", () => {
    const stage = smoothStage({ seconds: 1, abstainBelow: 0.7 })(sfreq(100));
    const unsure: Decision = {
      ...said([0.9])[0]!,
      label: null,
      probability: null,
      abstained: true,
      reasons: ["low-confidence"],
    };
    expect(short(stage(unsure))).toBe("on");
    expect(short(stage({ ...said([0.9, 0.1])[1]! }))).toBe("(low-confidence)");
    expect(short(stage({ ...unsure, sample: 30, reasons: ["idle"] }))).toBe("(idle+low-confidence)");
  });
});

test("dwell: a label is given once it has held, and anew after another or an abstention", () => {
  const list = through(dwellStage({ seconds: 0.2 }), [0.9, 0.9, 0.9, 0.9, 0.1, 0.9, 0.9, 0.9, null, 0.9]);
  const waits = "(dwell)";
  expect(list.map(short)).toEqual([waits, waits, "on", "on", waits, waits, waits, "on", "(gap)", waits]);
  expect(list[0]!.probabilities).toEqual({ on: 0.9, off: 1 - 0.9 });
});

test("refractory: no other label for a while after a change", () => {
  const list = through(refractoryStage({ seconds: 0.3 }), [0.9, 0.1, null, 0.1, 0.9, 0.1, 0.1]);
  expect(list.map(short)).toEqual(["on", "(refractory)", "(gap)", "off", "(refractory)", "off", "off"]);
});

test("a time that is none is misuse", () => {
  expect(() => dwellStage({ seconds: 0 })).toThrow("dwell: expected seconds > 0, got 0");
  expect(() => refractoryStage({ seconds: NaN })).toThrow("refractory: expected seconds > 0, got NaN");
  expect(() => smoothStage({ seconds: -1 })).toThrow("smooth: expected seconds > 0, got -1");
});

function named(labels: readonly string[], seed: number): Model {
  const model = randomModel({ seed });
  return { ...model, manifest: { ...model.manifest, labels: [...labels] } };
}
const model = named(["left", "right"], 1);
const restOrMove = named(["rest", "move"], 2);

describe("a gate", () => {
  test("lets labels pass where something is done, and says why not elsewhere", async () => {
    const items = source(interrupted());
    const plain = await all(decode(items, model, { clock: "none" }));
    const gating = await all(decode(items, restOrMove, { clock: "none" }));
    const threshold = gating
      .flatMap(({ probabilities }) => (probabilities ? [probabilities["move"]!] : []))
      .sort((a, b) => a - b)[70]!;
    const gate = createGate(restOrMove, { threshold });
    const list = await all(decode(gate.watch(items), model, { clock: "none", stages: [gate.stage] }));
    expect(list).toHaveLength(plain.length);
    list.forEach((decision, i) => {
      const open = gating[i]!.probabilities && gating[i]!.probabilities["move"]! >= threshold;
      if (open || plain[i]!.abstained) expect(decision).toEqual(plain[i]);
      else expect(decision.reasons.at(-1)).toBe("idle");
    });
    const n = list.filter(({ reasons }) => reasons.includes("idle")).length;
    expect(n).toBeGreaterThan(50);
    expect(n).toBeLessThan(list.length - 50);
  });

  test("needs a label for doing nothing", () => {
    expect(() => createGate(model)).toThrow(
      "gate: model random cannot tell whether anything is done: none of its labels is rest or idle, it has left, right",
    );
    expect(() => createGate(restOrMove, { threshold: 2 })).toThrow(
      "gate: expected a threshold of 0 to 1, got 2",
    );
  });
});

const options = { smoothSeconds: 0.5, dwellSeconds: 0.3, refractorySeconds: 1, gate: restOrMove };

test("all together: however the stream is cut, the same", async () => {
  const acted = (items: readonly Item[]): Promise<Decision[]> => {
    const acting = createActing(model, options);
    return all(decode(acting.watch(items), model, { clock: "none", stages: acting.stages }));
  };
  for (const hz of [160, 250]) {
    const once = source(interrupted(), { hz });
    const whole = await acted([...once, ...once]);
    const labels = new Set(whole.map(short));
    expect(labels.has("(dwell)")).toBe(true);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
        async (sizes) => {
          const cut = source(interrupted(), { hz, sizes });
          expect(await acted([...cut, ...cut])).toEqual(whole);
        },
      ),
      { numRuns: 8 },
    );
  }
});

test("operators do what the stages do, with a state for each subscriber", async () => {
  const marker: Marker = { kind: "marker", onset: 3, duration: 0, text: "x" };
  const info: Info = { kind: "info", stream: streamInfo({ hz: 100 }) };
  const ps = [0.9, 0.2, null, 0.6, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9];
  const stream: (Info | Marker | Decision | Dropped)[] = [info, marker, ...said(ps), info, ...said(ps)];
  const expected = [0, 1].flatMap(() => {
    const one = refractoryStage({ seconds: 0.3 })(sfreq(100));
    const two = dwellStage({ seconds: 0.1 })(sfreq(100));
    const three = smoothStage({ seconds: 0.1 })(sfreq(100));
    return said(ps).map((decision) => one(two(three(decision))));
  });
  const live = new Subject<Info | Marker | Decision | Dropped>();
  const acted = live.pipe(smooth({ seconds: 0.1 }), dwell({ seconds: 0.1 }), refractory({ seconds: 0.3 }));
  const lists: [unknown[], unknown[]] = [[], []];
  acted.subscribe((item) => lists[0].push(item));
  acted.subscribe((item) => lists[1].push(item));
  for (const item of stream) live.next(item);
  expect(lists[0].filter((item) => (item as Item | Decision).kind === "decision")).toEqual(expected);
  expect(lists[0][1]).toBe(marker);
  expect(lists[1]).toEqual(lists[0]);
  const done = await new Promise<unknown[]>((resolve) =>
    from(stream)
      .pipe(dwell({ seconds: 0.1 }), toArray())
      .subscribe(resolve),
  );
  expect(done).toHaveLength(stream.length);
});

test("stages belong to the options of every form of the decoder", async () => {
  const list = await all(
    decodeItems(source(interrupted()), model, { clock: "none", stages: [dwellStage({ seconds: 60 })] }),
  );
  expect(list.every((item) => item.kind !== "decision" || item.label === null)).toBe(true);
});
