import { describe, expect, test } from "@jest/globals";
import {
  classByName,
  classByText,
  judgedTimes,
  parseEvents,
  patchLabels,
} from "../../src/train/class-events.ts";

const labels = ["left", "right"];
const texts = { left: ["T1"], right: ["T2", "right hand"] };
const rule = { from: "annotations", texts, offsetSeconds: 1, lengthSeconds: 2 } as const;
const byText = { ...rule, texts: { left: [...texts.left], right: [...texts.right] } };

describe("classes", () => {
  test("of annotations begin at an offset and last a length", () => {
    const events = classByText(byText, labels, [
      { onsetSeconds: 10, durationSeconds: 4, text: "right hand" },
      { onsetSeconds: 2, durationSeconds: 4, text: "T1" },
      { onsetSeconds: 5, durationSeconds: 4, text: "T0" },
    ]);
    expect(events).toEqual([
      { label: 0, onset: 320, from: 480, to: 800 },
      { label: 1, onset: 1600, from: 1760, to: 2080 },
    ]);
    const perPatch = patchLabels(events, 130);
    expect(perPatch.indexOf(0)).toBe(25); // the patch that ends at 16 · 25 + 80 = 480
    expect(perPatch.lastIndexOf(0)).toBe(45);
    expect(perPatch.indexOf(1)).toBe(105);
  });

  test("of annotations last as long as these, if nothing else is said", () => {
    const open = { from: "annotations" as const, texts: byText.texts, offsetSeconds: 0 };
    expect(classByText(open, labels, [{ onsetSeconds: 1, durationSeconds: 2, text: "T2" }])).toEqual([
      { label: 1, onset: 160, from: 160, to: 480 },
    ]);
  });

  test("of files need one pattern that matches", () => {
    const names = { from: "file-name" as const, patterns: { left: "R0[48]", right: "R12|R08" } };
    expect(classByName(names, labels, "S001R04.edf")).toMatchObject({ label: 0, from: 0 });
    expect(() => classByName(names, labels, "S001R08.edf")).toThrow(
      "S001R08.edf: the patterns of left and right (data.classes) both match its name",
    );
    expect(() => classByName(names, labels, "S001R01.edf")).toThrow(
      "S001R01.edf: no pattern of data.classes matches its name",
    );
  });

  test("of BIDS events come by a column", () => {
    const text = "onset\tduration\ttrial_type\n1.5\t4\tT1\n2\tn/a\tT2\n\n";
    expect(parseEvents(text, "trial_type", "x_events.tsv")).toEqual([
      { onsetSeconds: 1.5, durationSeconds: 4, text: "T1" },
      { onsetSeconds: 2, durationSeconds: null, text: "T2" },
    ]);
    expect(() => parseEvents(text, "value", "x_events.tsv")).toThrow(
      "x_events.tsv: no column 'value'; it has onset, duration, trial_type",
    );
    expect(() => parseEvents("onset\tduration\tvalue\nn/a\t1\tT1", "value", "x_events.tsv")).toThrow(
      "x_events.tsv, line 2: expected an onset in seconds, got 'n/a'",
    );
  });
});

describe("decisions that count", () => {
  const event = { label: 1, onset: 100, from: 500, to: 2000 };

  test("come every so often, where there is a class", () => {
    expect(judgedTimes({ everySeconds: 4 }, [event], 3000)).toEqual([
      { seconds: 4, truth: 1 },
      { seconds: 8, truth: 1 },
      { seconds: 12, truth: 1 },
    ]);
  });

  test("or so long after each event, within the recording", () => {
    const late = { label: 0, onset: 2500, from: 0, to: 0 };
    expect(judgedTimes({ afterEventSeconds: 4 }, [event, late], 3000)).toEqual([
      { seconds: 4.625, truth: 1 },
    ]);
  });
});
