import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { eegmmidb } from "../shared-data.ts";
import type { Browser, Tab } from "./browser.ts";
import { describeInBrowsers } from "./describe-in-browsers.ts";
import { decodeInPage, startBareSite, type BareSite } from "./in-page.ts";
import { demo, writeFaulty, writeFormats } from "./recordings.ts";
import { bits, decodeInNode } from "./same-bits.ts";

const real = eegmmidb("S001R01");
let folder: string;
let formats: Readonly<Record<string, readonly string[]>>;
let faulty: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "brainwire-dropped-"));
  formats = await writeFormats(folder);
  faulty = await writeFaulty(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeInBrowsers((start) => {
  let site: BareSite;
  let browser: Browser;
  let tab: Tab;
  beforeAll(async () => {
    site = await startBareSite();
    browser = await start();
    tab = await browser.open(site.url);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  async function expectSame(paths: readonly string[], nDecisions: number): Promise<void> {
    const { decisions, failure } = await decodeInPage(tab, paths, "eyes");
    expect(failure).toBeNull();
    const expected = await decodeInNode(paths, "eyes");
    expect(expected.decisions.length).toBeGreaterThan(nDecisions);
    expect(decisions.map(bits)).toEqual(expected.decisions.map(bits));
    expect(tab.complaints).toEqual([]);
  }

  test("the demo is decoded in the page to the bits that Node gives", () => expectSame([demo], 1900));

  if (real === null) test.skip("real EEG (skipped: test data absent)", () => undefined);
  else test("real EEG is decoded in the page to the bits that Node gives", () => expectSame([real], 550));

  test.each(["BDF+", "EDF+ with a gap", "BrainVision", "GDF", "XDF"])(
    "%s is decoded in the page to the bits that Node gives",
    (format) => expectSame(formats[format]!, 150),
  );

  test.each([
    ["a table", /^table\.csv: no format that brainwire reads: /],
    ["an empty file", /^empty\.edf: the file is empty$/],
    ["a recording whose header is cut", /^cut\.edf.*; .*/],
    [
      "a recording whose header is damaged",
      /^damaged\.edf: EDF header, number of signals: expected .*\(byte 252\)$/,
    ],
    ["electrodes that do not cover the model's region", /eyes/],
    ["a BrainVision header without its data", /lost\.eeg/],
  ])("%s is refused with one clear sentence", async (what, sentence) => {
    const { decisions, failure } = await decodeInPage(tab, faulty[what]!, "eyes");
    expect(decisions).toEqual([]);
    expect(failure).toMatch(sentence);
    expect(failure).toBe((await decodeInNode(faulty[what]!, "eyes")).failure);
    expect(tab.complaints).toEqual([]);
  });
});
