import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Decision } from "../../src/eeg/decision.ts";
import { decode } from "../../src/decode/decode.ts";
import { loadModel } from "../../src/model/load.node.ts";
import { replay } from "../../src/source/replay.node.ts";
import { eegmmidb } from "../shared-data.ts";
import { describeInBrowsers, type Browser, type Tab } from "./browser.ts";
import { decodeInPage, startBareSite, type BareSite } from "./in-page.ts";

const demo = fileURLToPath(new URL("../../recordings/demo.edf", import.meta.url));
const real = eegmmidb("S001R01");

async function decodeInNode(path: string): Promise<Decision[]> {
  const out: Decision[] = [];
  for await (const decision of decode(replay(path), await loadModel("eyes"), { clock: "none" }))
    out.push(decision);
  return out;
}

/** The 64 bits of every number of a decision, and its words. */
function bits({ sample, time, label, probability, probabilities, reasons }: Decision): string {
  const numbers = Float64Array.of(sample, time, probability ?? -1, ...Object.values(probabilities ?? {}));
  const hex = Buffer.from(numbers.buffer).toString("hex");
  return `${label} ${reasons.join()} ${Object.keys(probabilities ?? {}).join()} ${hex}`;
}

describeInBrowsers(["chromium", "firefox"], (start) => {
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

  const files = [
    { what: "the demo", path: demo },
    ...(real === null ? [] : [{ what: "real EEG", path: real }]),
  ];
  test.each(files)("$what is decoded in the page to the bits that Node gives", async ({ path }) => {
    const { decisions, failure } = await decodeInPage(tab, [path], "eyes");
    expect(failure).toBeNull();
    const expected = await decodeInNode(path);
    expect(expected.length).toBeGreaterThan(500);
    expect(decisions.map(bits)).toEqual(expected.map(bits));
    expect(tab.complaints).toEqual([]);
  });
});
