import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { openFile } from "../../src/formats/open.node.ts";
import { loadEncoder } from "../../src/model/load.node.ts";
import { loadPage, type Page } from "../../src/server/page.ts";
import type { Server, ServerOptions } from "../../src/server/server.ts";
import { parseTokens } from "../../src/server/tokens.ts";
import { decodingBy, headset, startTestServer, stopServers } from "../server/harness.ts";
import { connect } from "../../src/client/index.node.ts";
import type { Browser, Tab } from "./browser.ts";
import { describeInBrowsers } from "./describe-in-browsers.ts";

const demo = fileURLToPath(new URL("../../recordings/demo.edf", import.meta.url));
const page = await loadPage(fileURLToPath(new URL("../../dist/dashboard", import.meta.url)));

jest.setTimeout(240_000); // on a loaded machine browsers are slow, not wrong
const patienceMs = 90_000;

interface Served {
  readonly server: Server;
  readonly url: string;
}

async function serveDemo(options: ServerOptions = {}, speed = 4): Promise<Served> {
  const decoding = decodingBy(await loadEncoder("eyes"));
  const server = await startTestServer({ page: page as Page, decoding, ...options });
  await server.addRecording(await openFile(demo), { speed });
  return { server, url: server.url.replace(/^ws/, "http") };
}

const text = (tab: Tab, id: string): Promise<string> =>
  tab.evaluate((wanted) => document.getElementById(wanted)?.textContent ?? "", id);

const waitFor = <Value>(tab: Tab, run: (value: Value) => unknown, value: Value): Promise<void> =>
  tab.waitFor(run, value, patienceMs);

/** What the page complains of itself; browsers do of every socket that nobody answers. */
const complaints = ({ complaints: all }: Tab): readonly string[] =>
  all.filter((each) => !/websocket|establish a connection|ERR_CONNECTION/i.test(each));

const shows = (tab: Tab, id: string, pattern: string): Promise<void> =>
  waitFor(
    tab,
    ([wanted, source]) => new RegExp(source!).test(document.getElementById(wanted!)?.textContent ?? ""),
    [id, pattern],
  );

const statusIs = (tab: Tab, status: string): Promise<void> =>
  waitFor(tab, (wanted) => document.getElementById("status")?.dataset["status"] === wanted, status);

const labelIs = (tab: Tab, label: string): Promise<void> =>
  waitFor(tab, (wanted) => document.getElementById("label")?.dataset["label"] === wanted, label);

/** Waits until the traces look otherwise. */
const tracesMove = (tab: Tab): Promise<void> =>
  tab.evaluate(async () => {
    const [, canvas] = document.querySelectorAll<HTMLCanvasElement>("#traces canvas");
    const copy = document.createElement("canvas");
    copy.width = copy.height = 200;
    const context = copy.getContext("2d", { willReadFrequently: true })!;
    const look = (): string => {
      context.clearRect(0, 0, 200, 200);
      context.drawImage(canvas!, 0, 0);
      return String(context.getImageData(0, 0, 200, 200).data);
    };
    const before = look();
    while (look() === before) await new Promise(requestAnimationFrame);
  }, null);

const seconds = (clock: string): number => clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

afterEach(stopServers);

/** Starts the browser before a group's tests, and ends it behind them. */
function inBrowser(start: () => Promise<Browser>): () => Browser {
  let browser: Browser | null = null;
  beforeAll(async () => {
    expect(page).not.toBeNull(); // npm run build makes it
    browser = await start();
  });
  afterAll(() => browser?.close());
  return () => browser!;
}

describeInBrowsers((start) => {
  const browser = inBrowser(start);

  test("shows moving traces and the right labels of the demo, and asks nobody else for anything", async () => {
    const { url } = await serveDemo();
    const tab = await browser().open(url);
    await labelIs(tab, "eyes-open");
    await tracesMove(tab);
    await shows(tab, "quality", "all channels good");
    await shows(tab, "about", "32 channels · 200 Hz");
    await tab.evaluate(() => {
      const seek = document.querySelector<HTMLInputElement>("#seek")!;
      seek.value = "50";
      seek.dispatchEvent(new Event("change"));
    }, null);
    await labelIs(tab, "eyes-closed");
    await shows(tab, "quantiles", "p50 [0-9.]+ p95 [0-9.]+ p99 [0-9.]+ ms".replaceAll(" p", "\\s+p"));
    expect(seconds(await text(tab, "position"))).toBeGreaterThanOrEqual(50);
    const { host } = new URL(url);
    for (const request of tab.requests.filter((each) => !each.startsWith("data:")))
      expect(new URL(request).host).toBe(host);
    expect(complaints(tab)).toEqual([]);
  });

  test("decodes a file inside the page", async () => {
    const { url } = await serveDemo();
    const tab = await browser().open(url);
    await statusIs(tab, "live");
    await tab.choose("#files", [demo]);
    await waitFor(tab, () => document.querySelector<HTMLSelectElement>("#stream")!.value === "file", null);
    await waitFor(tab, () => !document.getElementById("models")!.hidden, null); // only files have a choice of them
    await labelIs(tab, "eyes-open");
    await tab.press("n"); // back to the server's
    await waitFor(
      tab,
      () => document.querySelector<HTMLSelectElement>("#stream")!.value === "live:demo",
      null,
    );
    await labelIs(tab, "eyes-open");
    expect(complaints(tab)).toEqual([]);
  });
});

describeInBrowsers(
  (start) => {
    const browser = inBrowser(start);

    test("obeys the keyboard", async () => {
      const { url } = await serveDemo();
      const tab = await browser().open(url);
      await statusIs(tab, "live");
      await shows(tab, "position", "[1-9]$");
      await tab.press("Space");
      await statusIs(tab, "paused");
      const at = seconds(await text(tab, "position"));
      await tab.press("ArrowRight");
      await tab.press("Space");
      await statusIs(tab, "live");
      await waitFor(
        tab,
        (from) => {
          const [minutes, rest] = document.getElementById("position")!.textContent.split(":");
          return 60 * Number(minutes) + Number(rest) >= from + 5;
        },
        at,
      );
      const checked = (group: string): Promise<string> =>
        tab.evaluate(
          (id) => document.querySelector(`#${id} [aria-checked="true"]`)?.textContent ?? "",
          group,
        );
      expect(await checked("derivation")).toBe("as recorded");
      await tab.press("d");
      expect(await checked("derivation")).toBe("average");
      await tab.press("d");
      expect(await checked("derivation")).toBe("longitudinal");
      await tab.press("f");
      expect(await checked("filter")).toBe("1–45 Hz");
      await tab.press("b");
      expect(await checked("band")).toBe("beta");
      await tab.press("]");
      await shows(tab, "window", "20 s");
      await tab.press("?");
      expect(await tab.evaluate(() => document.querySelector<HTMLDialogElement>("#help")!.open, null)).toBe(
        true,
      );
      await tab.press("Escape");
      expect(await tab.evaluate(() => document.querySelector<HTMLDialogElement>("#help")!.open, null)).toBe(
        false,
      );
      await tab.press(">");
      await waitFor(tab, () => document.querySelector<HTMLSelectElement>("#speed")!.value === "8", null);
      await tab.press("l");
      await waitFor(
        tab,
        () => document.getElementById("loop")!.getAttribute("aria-pressed") === "true",
        null,
      );
      expect(complaints(tab)).toEqual([]);
    });

    test("survives a restart of the server", async () => {
      const { server, url } = await serveDemo();
      const tab = await browser().open(url);
      await labelIs(tab, "eyes-open");
      await server.close();
      await statusIs(tab, "lost");
      await serveDemo({ port: Number(new URL(url).port) });
      await statusIs(tab, "live");
      await shows(tab, "events", "connection lost");
      await shows(tab, "events", "restart of the stream");
      await shows(tab, "position", "[1-9]$");
      await labelIs(tab, "eyes-open");
      await tracesMove(tab);
      expect(complaints(tab)).toEqual([]);
    });

    test("says what is wrong with a file", async () => {
      const { url } = await serveDemo();
      const tab = await browser().open(url);
      await statusIs(tab, "live");
      await tab.choose("#files", [fileURLToPath(import.meta.url)]);
      await statusIs(tab, "failed");
      expect(await text(tab, "status")).toMatch(/failed.*page\.test\.ts/);
      expect(complaints(tab)).toEqual([]);
    });

    test("asks for a token, and keeps it out of the address", async () => {
      const secret = "a token of the test's own";
      const tokens = parseTokens(
        JSON.stringify({ tokens: [{ name: "page", token: secret, roles: ["subscribe"] }] }),
        "tokens.json",
      );
      const { url } = await serveDemo({ tokens });
      const tab = await browser().open(url);
      const enter = (token: string): Promise<void> =>
        tab.evaluate((typed) => {
          document.querySelector<HTMLInputElement>("#token-text")!.value = typed;
          document.querySelector<HTMLFormElement>("#token form")!.requestSubmit();
        }, token);
      const asked = (): Promise<void> =>
        waitFor(tab, () => document.querySelector<HTMLDialogElement>("#token")!.open, null);
      await asked();
      await enter("not this one at all");
      await asked();
      await shows(tab, "token-why", "token");
      await enter(secret);
      await labelIs(tab, "eyes-open");
      await shows(tab, "denied", "watching only");
      expect(
        await tab.evaluate(() => document.querySelector<HTMLButtonElement>("#play")!.disabled, null),
      ).toBe(true);
      expect(tab.requests.join()).not.toContain(encodeURIComponent(secret));
      expect(await tab.evaluate(() => location.href, null)).not.toContain("token");
      expect(complaints(tab)).toEqual([]);
    });

    test("waits for a stream, shows its gaps, and another of the same server when asked", async () => {
      const server = await startTestServer({ page: page as Page });
      const tab = await browser().open(server.url.replace(/^ws/, "http"));
      await shows(tab, "empty", "no stream yet");
      const publisher = connect(server.url);
      const [first, second] = ["first", "second"].map((name) =>
        publisher.publish({ ...headset, name, sourceId: name }),
      );
      await Promise.all([first!.ready, second!.ready]);
      const timer = setInterval(() => {
        first!.push(
          new Float32Array(2 * 10).map(() => 20 * Math.random()),
          { start: first!.next + 5 },
        );
        second!.push(new Float32Array(2 * 10));
      }, 100);
      try {
        await statusIs(tab, "live");
        await shows(tab, "events", "Gap of 0.05 s \\(lost\\)");
        await shows(tab, "label", "not decoded");
        await tab.press("n");
        await waitFor(tab, () => decodeURIComponent(location.hash) === "#second", null);
        await shows(tab, "quality", "2 flat");
        await tab.press("Space"); // cannot be paused: the picture is held
        await shows(tab, "notice", "Standing still");
      } finally {
        clearInterval(timer);
        publisher.close();
      }
      await statusIs(tab, "interrupted");
      expect(complaints(tab)).toEqual([]);
    });

    test("fits a phone, a small screen and both colour schemes", async () => {
      const { url } = await serveDemo();
      const tab = await browser().open(url);
      await statusIs(tab, "live");
      for (const [width, height] of [
        [400, 800],
        [1280, 800],
      ] as const) {
        await tab.resize(width, height);
        const wide = await tab.evaluate(() => document.documentElement.scrollWidth, null);
        expect(wide).toBeLessThanOrEqual(width);
      }
      const ground = (): Promise<string> =>
        tab.evaluate(() => getComputedStyle(document.body).backgroundColor, null);
      await tab.colours("light");
      const light = await ground();
      await tab.colours("dark");
      expect(await ground()).not.toBe(light);
      expect(complaints(tab)).toEqual([]);
    });
  },
  ["chromium"],
);
