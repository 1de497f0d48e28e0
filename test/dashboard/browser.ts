import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export const browserNames = ["chromium", "firefox"] as const;
export type BrowserName = (typeof browserNames)[number];

/** A real browser without a window, which reaches nothing but this machine. */
export interface Browser {
  readonly name: BrowserName;
  /** As it says of itself: `Chrome/156.0`, `Firefox/153.7`. */
  readonly version: string;
  /** A new tab. @param before runs in the page before the page's own scripts do */
  open(url: string, before?: () => void): Promise<Tab>;
  close(): Promise<void>;
}

export interface Tab {
  /** Runs a function inside the page; it sees nothing but its argument. */
  evaluate<Value, Result>(run: (value: Value) => Result | Promise<Result>, value: Value): Promise<Result>;
  /** Polls until the function gives something truthy in the page. */
  waitFor<Value>(run: (value: Value) => unknown, value: Value, timeoutMs?: number): Promise<void>;
  /** Chooses files in an `<input type="file">`. */
  choose(selector: string, paths: readonly string[]): Promise<void>;
  press(key: string): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  colours(scheme: "light" | "dark"): Promise<void>;
  screenshot(path: string): Promise<void>;
  /** What the page has complained about: uncaught errors, and errors and warnings on its console. */
  readonly complaints: readonly string[];
  /** Addresses that it asked for, sockets included where the browser tells. */
  readonly requests: readonly string[];
}

/** What is not on this machine is asked for by a proxy, and there is none: browsers leave the loopback out by themselves. */
const nowhere = { host: "127.0.0.1", port: 9 };

const commands: Readonly<Record<BrowserName, readonly string[]>> = {
  chromium: ["chromium", "chromium-browser", "google-chrome"],
  firefox: ["firefox-esr", "firefox"],
};

/** Path of a browser: as BRAINWIRE_CHROMIUM or BRAINWIRE_FIREFOX has it, else by the usual names on the PATH; or null. */
export function findBrowser(name: BrowserName): string | null {
  const named = process.env[`BRAINWIRE_${name.toUpperCase()}`];
  if (named !== undefined) return existsSync(named) ? named : null;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const paths = commands[name].flatMap((command) => folders.map((folder) => join(folder, command)));
  return paths.find((path) => existsSync(path)) ?? null;
}

export function startBrowser(name: BrowserName, path: string): Promise<Browser> {
  return name === "chromium" ? startChromium(path) : startFirefox(path);
}

async function startChromium(executablePath: string): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", `--proxy-server=${nowhere.host}:${nowhere.port}`],
  });
  return {
    name: "chromium",
    version: `Chrome/${browser.version()}`,
    close: () => browser.close(),
    async open(url, before) {
      const page = await browser.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("request", (request) => requests.push(request.url()));
      page.on("websocket", (socket) => requests.push(socket.url()));
      if (before) await page.addInitScript(before);
      await page.goto(url);
      return {
        complaints,
        requests,
        evaluate: (run, value) => page.evaluate(run as (value: unknown) => never, value),
        async waitFor(run, value, timeout = 30_000) {
          await page.waitForFunction(run as (value: unknown) => unknown, value, { timeout });
        },
        choose: (selector, paths) => page.setInputFiles(selector, [...paths]),
        press: (key) => page.keyboard.press(key),
        resize: (width, height) => page.setViewportSize({ width, height }),
        colours: (colorScheme) => page.emulateMedia({ colorScheme }),
        async screenshot(path) {
          await page.screenshot({ path });
        },
      };
    },
  };
}

async function startFirefox(executablePath: string): Promise<Browser> {
  const { default: puppeteer } = await import("puppeteer-core");
  const proxied = ["http", "ssl", "socks"].flatMap((kind) => [
    [`network.proxy.${kind}`, nowhere.host],
    [`network.proxy.${kind}_port`, nowhere.port],
  ]);
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    extraPrefsFirefox: { ...Object.fromEntries(proxied), "network.proxy.type": 1 },
  });
  return {
    name: "firefox",
    version: await browser.version(),
    close: () => browser.close(),
    async open(url, before) {
      const page = await browser.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        if (["error", "warn"].includes(message.type())) complaints.push(message.text());
      });
      page.on("request", (request) => requests.push(request.url()));
      if (before) await page.evaluateOnNewDocument(before);
      await page.goto(url);
      return {
        complaints,
        requests,
        evaluate: (run, value) => page.evaluate(run as (value: unknown) => never, value),
        async waitFor(run, value, timeout = 30_000) {
          await page.waitForFunction(run as (value: unknown) => unknown, { timeout }, value);
        },
        async choose(selector, paths) {
          const input = await page.$(selector);
          if (!input) throw new Error(`no ${selector} in the page`);
          await (input as unknown as { uploadFile(...paths: string[]): Promise<void> }).uploadFile(...paths);
        },
        press: (key) => page.keyboard.press(key as "Enter"),
        resize: (width, height) => page.setViewport({ width, height }),
        colours: (value) => page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]),
        async screenshot(path) {
          await page.screenshot({ path: path as `${string}.png` });
        },
      };
    },
  };
}
