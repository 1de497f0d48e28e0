import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import type { Decision } from "../../src/eeg/decision.ts";
import { createAgreement, truthOf } from "../../src/report/agreement.ts";
import { formatPng } from "../../src/report/png.ts";
import { linePath, ticks, timeText, timeTicks } from "../../src/report/svg.ts";
import { brainwire } from "../cli/run-cli.ts";
import { describeWith, sharedData } from "../shared-data.ts";

async function report(...args: readonly string[]): Promise<{ html: string; stderr: string }> {
  const out = join(await mkdtemp(join(tmpdir(), "brainwire-")), "report.html");
  const { code, stderr } = await brainwire("report", ...args, "--out", out);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return { html: await readFile(out, "utf8"), stderr };
}

test("a report holds all its parts, and asks for nothing from elsewhere", async () => {
  const { html } = await report("recordings/demo.edf", "--model", "eyes");
  const text = html.replace(/<style>.*?<\/style>/s, "");
  for (const part of [
    "Labels",
    "Agreement with annotations",
    "What a label cost",
    "Recording",
    "Quality of the channels",
    "Spectra",
    "Scalp maps",
  ])
    expect(text).toContain(`<h2>${part}</h2>`);
  expect(text).toContain("Balanced accuracy <b>81.3 %</b>");
  expect(text).toContain("All 32 EEG channels are good");
  expect(text).toContain("alpha, 8-13 Hz");
  expect(html).not.toMatch(/<script|<link|https?:|@import|url\((?!#)/);
  const open = [...html.matchAll(/<(svg|table|figure|section|div|p|tr)\b/g)].length;
  const closed = [...html.matchAll(/<\/(svg|table|figure|section|div|p|tr)>/g)].length;
  expect(closed).toBe(open);
});

test("texts of annotations stand for labels if told so, and a label that the model lacks is refused", async () => {
  const out = join(await mkdtemp(join(tmpdir(), "brainwire-")), "x.html");
  const args = ["report", "recordings/demo.edf", "--model", "eyes", "--out", out, "--texts"];
  const { code, stderr } = await brainwire(...args, "eyes-open=left");
  expect(code).toBe(1);
  expect(stderr).toContain("model eyes has no label 'left', but eyes-open, eyes-closed");
});

describeWith(
  sharedData("recordings/formats/edf/short_psg.edf"),
  "a recording that a model cannot work on",
  (path) => {
    test("has a report without labels, which says why", async () => {
      const { html, stderr } = await report(path, "--model", "eyes");
      expect(html).toContain("No labels: short_psg.edf 100 Hz");
      expect(html).toContain("Fewer than eight good electrodes have a position: no scalp maps.");
      expect(stderr).toContain("warning: no labels");
    });
  },
);

test("annotations without a duration hold until the next; what was decoded in them is counted", () => {
  const labels = ["left", "right"];
  const truth = truthOf(
    [
      { text: "T2", onsetSeconds: 10, durationSeconds: 5 },
      { text: "T1", onsetSeconds: 0, durationSeconds: null },
      { text: "other", onsetSeconds: 3, durationSeconds: 1 },
    ],
    {
      labels,
      meanings: new Map([
        ["T1", "left"],
        ["T2", "right"],
      ]),
      durationSeconds: 30,
    },
  );
  expect(truth).toEqual([
    { label: "left", startSeconds: 0, endSeconds: 10 },
    { label: "right", startSeconds: 10, endSeconds: 15 },
  ]);
  const agreement = createAgreement(labels, truth);
  const at = (time: number, label: string | null): void =>
    agreement.push({ time, label, probabilities: null, reasons: [] } as unknown as Decision);
  at(1, "left");
  at(2, "right");
  at(3, null);
  at(12, "right");
  at(20, "left");
  expect(agreement.result()).toEqual({
    annotated: labels,
    counts: [
      [1, 1, 1],
      [0, 1, 0],
    ],
    balancedAccuracy: 0.75,
  });
});

test("lines are interrupted where there is no number; ticks are round", () => {
  expect(
    linePath([
      [0, 1],
      [1, 2.04],
      [2, NaN],
      [3, 4],
    ]),
  ).toBe("M0 1L1 2M3 4");
  expect(ticks(-13.2, 27, 5)).toEqual([-10, 0, 10, 20]);
  expect(ticks(0, 0, 5)).toEqual([0]);
  expect(timeTicks(200, 12)).toEqual([0, 30, 60, 90, 120, 150, 180]);
  expect([timeText(7.04, 8), timeText(65, 200), timeText(3725, 8000)]).toEqual(["7 s", "1:05", "1:02:05"]);
});

test("a picture is the PNG of its pixels", () => {
  const png = formatPng(Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 0, 10, 11, 12, 255), 2);
  expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const length = Buffer.from(png).readUInt32BE(33);
  expect([...inflateSync(png.subarray(41, 41 + length))]).toEqual([
    0, 1, 2, 3, 255, 4, 5, 6, 255, 0, 7, 8, 9, 0, 10, 11, 12, 255,
  ]);
  expect(Buffer.from(png.subarray(-4)).toString("hex")).toBe("ae426082"); // the checksum of IEND, as every PNG has it
});
