import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Decision } from "../../src/eeg/decision.ts";
import { loadPage, type Page } from "../../src/server/page.ts";
import { startServer } from "../../src/server/server.ts";
import type { FromWorker, ToWorker } from "../../src/dashboard/worker-message.ts";
import type { Tab } from "./browser.ts";

/** The page's worker, and what it needs, as built, on a page with nothing but a place to choose files. */
export interface BareSite {
  readonly url: string;
  close(): Promise<void>;
}

const builtFolder = fileURLToPath(new URL("../../dist/dashboard", import.meta.url));

/** The page as built. `npm test` has built it. */
export function builtPage(): Promise<Page | null> {
  return loadPage(builtFolder);
}

export async function startBareSite(): Promise<BareSite> {
  const folder = mkdtempSync(join(tmpdir(), "brainwire-bare-"));
  cpSync(builtFolder, folder, { recursive: true });
  writeFileSync(
    join(folder, "index.html"),
    '<!doctype html><link rel="icon" href="data:,"><title>bare</title><input type="file" id="files" multiple>',
  );
  const page = await loadPage(folder);
  const server = await startServer({ port: 0, page: page! });
  return {
    url: server.url.replace(/^ws/, "http"),
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Outcome {
  readonly decisions: readonly Decision[];
  /** Why there are no more of them, or null. */
  readonly failure: string | null;
}

interface DecodedInPage extends Outcome {
  readonly markers: readonly string[];
  readonly nSamples: number;
}

/** Has the page's worker decode the files, at full speed, and gathers what it says. */
export async function decodeInPage(
  tab: Tab,
  paths: readonly string[],
  model: string,
): Promise<DecodedInPage> {
  await tab.choose("#files", paths);
  const text = await tab.evaluate(
    (name) =>
      new Promise<string>((resolve, reject) => {
        const decisions: Decision[] = [];
        const markers: string[] = [];
        let nSamples = 0;
        const worker = new Worker("/worker.js", { type: "module" });
        const send = (message: ToWorker): void => worker.postMessage(message);
        const end = (failure: string | null): void => {
          worker.terminate();
          resolve(JSON.stringify({ decisions, markers, nSamples, failure })); // exact, and no driver cuts it
        };
        worker.onerror = ({ message }) => reject(new Error(message || "the worker did not start"));
        worker.onmessage = ({ data }: { data: FromWorker }) => {
          if (data.kind === "failed") end(data.message);
          if (data.kind === "state" && data.status === "ended") end(null);
          if (data.kind !== "batch") return;
          for (const event of data.events) {
            if (event.kind === "decision") {
              const { timing: _, ...decision } = event.decision;
              decisions.push(decision);
            } else if (event.kind === "marker") markers.push(event.marker.text);
            else if (event.kind === "samples") nSamples += event.nSamples;
          }
          send({ kind: "credit" });
        };
        const { files } = document.querySelector<HTMLInputElement>("#files")!;
        const folder = new URL(`/models/${name}/`, location.href).href;
        send({ kind: "open", files: [...files!], model: folder, speed: "max", loop: false });
      }),
    model,
  );
  return JSON.parse(text) as DecodedInPage;
}
