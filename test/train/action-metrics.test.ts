import { expect, test } from "@jest/globals";
import { createActionTally, type ActionMetrics } from "../../src/train/action-metrics.ts";
import type { ClassEvent } from "../../src/train/class-events.ts";

const second = 160;
const event = (label: number, onset: number, to: number): ClassEvent => ({
  label,
  onset: onset * second,
  from: onset * second,
  to: to * second,
});

/** A decision each second, from second 1 on: a letter is a label, a dot an abstention, `-` one by a gate. */
function measured(labels: readonly string[], events: readonly ClassEvent[], text: string): ActionMetrics {
  const nothing = events.some(({ label }) => label >= labels.length) ? "rest" : null;
  const tally = createActionTally(labels, nothing);
  const count = tally.recording(events);
  text.split("").forEach((letter, i) =>
    count.push({
      time: i + 1,
      label: labels.find((label) => label.startsWith(letter)) ?? null,
      reasons: letter === "-" ? ["idle"] : [],
    }),
  );
  count.end(text.length);
  return tally.measure();
}

test("without an idle class every other label is an activation; one that stays while the class changes is late", () => {
  const events = [event(0, 0, 10), event(1, 10, 20)];
  expect(measured(["open", "closed"], events, "ooooo.oocoooooccccoc")).toEqual({
    minutes: 20 / 60,
    falseActivations: 2, // at 9 s, at 19 s; at 10 s it went back to what was there
    falseActivationsPerMinute: 6,
    labelledAtRest: null,
    changes: 1,
    missed: 0,
    secondsToFirstRight: 5,
  });
});

test("with an idle class its label sets nothing off", () => {
  const events = [event(0, 0, 10), event(1, 10, 20)];
  const { falseActivations, secondsToFirstRight } = measured(
    ["rest", "move"],
    events,
    "rrmrrmmrrrrrmmrrmrrr",
  );
  expect(falseActivations).toBe(2); // at 3 s and 6 s; rest within move is no activation
  expect(secondsToFirstRight).toBe(3);
});

test("a class in which nothing is done, beside a model's labels: every label in it is false, a gate ends them", () => {
  const events = [event(2, 0, 6), event(0, 6, 10), event(2, 10, 16), event(1, 16, 20)];
  const plain = measured(["left", "right"], events, "llrllrllllllrrrrllrr");
  expect(plain).toMatchObject({ falseActivations: 6, labelledAtRest: 1, changes: 2, missed: 0 });
  const gated = measured(["left", "right"], events, "--r--rlll---rr--llrr");
  expect(gated).toEqual({
    minutes: 20 / 60,
    falseActivations: 4, // at 3, 6, 13 and 17 s
    falseActivationsPerMinute: 12,
    labelledAtRest: 4 / 12,
    changes: 2,
    missed: 0,
    secondsToFirstRight: 2,
  });
});

test("times without a known class are not counted; a change can be missed", () => {
  const events = [event(0, 5, 10), event(1, 12, 14), event(1, 14, 16), event(0, 16, 99)];
  expect(measured(["left", "right"], events, "rlrlrllllllllllllrrr")).toEqual({
    minutes: 13 / 60,
    falseActivations: 1, // at 18 s; the one at 5 s lies before the class
    falseActivationsPerMinute: 60 / 13,
    labelledAtRest: null,
    changes: 3, // the second of two like ones goes on
    missed: 1,
    secondsToFirstRight: 1,
  });
});

test("where nothing is known there is nothing to say", () => {
  expect(measured(["left", "right"], [], "lr")).toMatchObject({
    falseActivationsPerMinute: null,
    secondsToFirstRight: null,
    changes: 0,
  });
});
