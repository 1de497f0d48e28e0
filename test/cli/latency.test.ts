import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { brainwire } from "./run-cli.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainwire-latency-"));
});
afterAll(() => rm(folder, { recursive: true }));

const short = ["latency", "--model", "eyes", "--duration", "2", "--warm-up", "1"];

describe("brainwire latency", () => {
  test("measures a server of its own: every label comes, with its stages, in a table and a report", async () => {
    const html = join(folder, "latency.html");
    const out = join(folder, "latency.json");
    const ran = await brainwire(...short, "--html", html, "--out", out, "--max-lost", "0");
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toMatch(/sample to label +\d/);
    expect(ran.stdout).toContain("kept");
    const { labels, stagesMs, latencyMs, config, lookBack } = JSON.parse(await readFile(out, "utf8"));
    expect(labels.missing).toBe(0);
    expect(labels.received).toBeGreaterThanOrEqual(15);
    expect(latencyMs.p50).toBeGreaterThan(stagesMs.encoder.p50);
    expect(config).toMatchObject({
      streams: 1,
      channels: 64,
      sfreqHz: 160,
      hopSeconds: 0.1,
      quality: "abstain",
    });
    expect(lookBack.windowMs).toBe(500);
    expect(await readFile(html, "utf8")).toContain("<svg");
  });

  test("several streams and subscribers, one of which never reads; a limit that is exceeded fails", async () => {
    const ran = await brainwire(
      ...short,
      "--streams",
      "3",
      "--channels",
      "8",
      "--sfreq",
      "250",
      "--hop-seconds",
      "0.2",
      "--subscribers",
      "2",
      "--stalled",
      "1",
      "--quality",
      "off",
      "--no-html",
      "--json",
      "--max-p50-ms",
      "0.0001",
    );
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/error: p50 in ms \S+ is more than 0\.0001/);
    const { labels, load, limits, config, server } = JSON.parse(ran.stdout);
    expect(config.quality).toBe("off");
    expect(process.platform !== "linux" || (server.coreShare > 0 && server.coreShare < 2)).toBe(true);
    expect(labels.missing).toBe(0);
    expect(labels.received).toBeGreaterThanOrEqual(3 * 2 * 8);
    expect(load.connectionsLost).toEqual([]);
    expect(limits).toHaveLength(1);
  });

  test("a model that does not exist, and more channels than there are electrodes", async () => {
    expect(await brainwire("latency", "--model", "nothing", "--no-html")).toMatchObject({ code: 1 });
    const ran = await brainwire("latency", "--model", "eyes", "--channels", "5000", "--no-html");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^error: channels: at most \d+, got 5000\n$/);
  });
});
