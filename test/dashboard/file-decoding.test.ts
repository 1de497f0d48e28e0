import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { FromWorker } from "../../src/dashboard/worker-message.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import { openFile } from "../../src/formats/open.node.ts";
import { loadEncoder } from "../../src/model/load.node.ts";
import type { ServerMessage } from "../../src/protocol/server-message.ts";
import type { Server } from "../../src/server/server.ts";
import { decodingBy, startTestServer, stopServers } from "../server/harness.ts";
import { eegmmidb } from "../shared-data.ts";
import type { Browser, Tab } from "./browser.ts";
import { describeInBrowsers } from "./describe-in-browsers.ts";
import { builtPage, decodeInPage, startBareSite, type BareSite } from "./in-page.ts";
import { demo, writeFaulty, writeFormats } from "./recordings.ts";
import { bits, decodeInNode } from "./same-bits.ts";

const real = eegmmidb("S001R01");
afterEach(stopServers);

let folder: string;
let formats: Readonly<Record<string, readonly string[]>>;
let faulty: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "brainwire-dropped-"));
  formats = await writeFormats(folder);
  faulty = await writeFaulty(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What was decided in a page, by its server and by its worker. */
type Page = typeof globalThis & { heard: { live: Decision[]; file: Decision[] } };

/** Runs before the page's own scripts: hears what its sockets and workers say. */
function listen(): void {
  const heard: Page["heard"] = { live: [], file: [] };
  (globalThis as Page).heard = heard;
  const PlainSocket = WebSocket;
  const PlainWorker = Worker;
  globalThis.WebSocket = class extends PlainSocket {
    constructor(...given: ConstructorParameters<typeof WebSocket>) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (typeof data !== "string") return;
        const message = JSON.parse(data) as ServerMessage;
        if (message.kind === "decision") heard.live.push(message.decision as Decision);
      });
    }
  };
  globalThis.Worker = class extends PlainWorker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      this.addEventListener("message", ({ data }: { data: FromWorker }) => {
        if (data.kind !== "batch") return;
        for (const event of data.events) if (event.kind === "decision") heard.file.push(event.decision);
      });
    }
  };
}

async function heardIn(tab: Tab, where: keyof Page["heard"]): Promise<Decision[]> {
  return JSON.parse(
    await tab.evaluate((which) => JSON.stringify((globalThis as Page).heard[which]), where),
  ) as Decision[];
}

/** Plays the demo at several times its pace, and decodes it. */
async function serveDemo(): Promise<Server> {
  const page = await builtPage();
  const server = await startTestServer({ decoding: decodingBy(await loadEncoder("eyes")), page: page! });
  await server.addRecording(await openFile(demo), { speed: 8 });
  return server;
}

const statusIs = (status: string): boolean =>
  document.querySelector<HTMLElement>("#status")!.dataset["status"] === status;

/** Drops a file on the page, as far as a page can tell. */
async function drop(tab: Tab, path: string): Promise<void> {
  await tab.evaluate(() => {
    const input = Object.assign(document.createElement("input"), { type: "file", id: "dragged" });
    document.body.append(input);
  }, null);
  await tab.choose("#dragged", [path]);
  await tab.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>("#dragged")!;
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(input.files![0]!);
    input.remove();
    for (const kind of ["dragenter", "dragover", "drop"])
      document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  }, null);
}

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

  test.each(["BDF+", "EDF+ with a gap", "an EDF file that ends midway", "BrainVision", "GDF", "XDF"])(
    "%s is decoded in the page to the bits that Node gives",
    (format) => expectSame(formats[format]!, 150),
  );

  test("what a page shows of a served recording, and of one dropped on it, is what decode gives", async () => {
    const server = await serveDemo();
    const address = server.url.replace(/^ws/, "http");
    const { decisions } = await decodeInNode([demo], "eyes");
    const page = await browser.open(address, listen);
    await page.waitFor((least) => (globalThis as Page).heard.live.length >= least, 100);
    const live = await heardIn(page, "live");
    const samples = new Set(live.map(({ sample }) => sample)); // a page that is slow leaves some out
    expect(live.map(bits)).toEqual(decisions.filter(({ sample }) => samples.has(sample)).map(bits));

    await drop(page, demo);
    await page.waitFor((least) => (globalThis as Page).heard.file.length >= least, 1);
    await page.evaluate(() => {
      const speed = document.querySelector<HTMLSelectElement>("#speed")!;
      speed.value = "max";
      speed.dispatchEvent(new Event("change", { bubbles: true }));
    }, null);
    await page.waitFor(statusIs, "ended");
    expect((await heardIn(page, "file")).map(bits)).toEqual(decisions.map(bits));
    const { label, probability } = decisions.at(-1)!;
    const sentence = `${label}${Math.round(100 * probability!)} % at 3:19.9`;
    await page.waitFor((shown) => {
      const text = (query: string): string => document.querySelector(query)!.textContent;
      return text("#label") + text("#reason") === shown;
    }, sentence);

    await page.choose("#files", faulty["a table"]!);
    const { failure } = await decodeInNode(faulty["a table"]!, "eyes");
    await page.waitFor((sentence) => document.body.innerText.includes(sentence!), failure);
    expect(page.complaints).toEqual([]);
    const elsewhere = page.requests.filter(
      (url) => !url.startsWith("data:") && new URL(url).host !== new URL(address).host,
    );
    expect(elsewhere).toEqual([]);
  });

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
