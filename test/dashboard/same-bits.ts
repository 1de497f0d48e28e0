import { basename } from "node:path";
import { readFileSync } from "node:fs";
import type { Decision } from "../../src/eeg/decision.ts";
import { decode } from "../../src/decode/decode.ts";
import { openRecording } from "../../src/formats/open.ts";
import { fileAmong } from "../../src/formats/siblings.ts";
import { loadModel } from "../../src/model/load.node.ts";
import { replay } from "../../src/source/replay.ts";
import { browserNames, findBrowser, startBrowser } from "./browser.ts";
import { decodeInPage, startBareSite, type Outcome } from "./in-page.ts";

/** What `decode` gives in Node, of the same files as a page gets them. */
export async function decodeInNode(paths: readonly string[], model: string): Promise<Outcome> {
  const files = paths.map((path) => new File([readFileSync(path)], basename(path)));
  const decisions: Decision[] = [];
  try {
    const recording = await openRecording(fileAmong(files[0]!, files));
    for await (const decision of decode(replay(recording), await loadModel(model), {
      clock: "none",
      quality: "abstain",
    }))
      decisions.push(decision);
    return { decisions, failure: null };
  } catch (error) {
    return { decisions, failure: (error as Error).message };
  }
}

/** The 64 bits of every number of a decision, and its words. */
export function bits({ sample, time, label, probability, probabilities, reasons }: Decision): string {
  const numbers = Float64Array.of(sample, time, probability ?? -1, ...Object.values(probabilities ?? {}));
  const hex = Buffer.from(numbers.buffer).toString("hex");
  return `${label} ${reasons.join()} ${Object.keys(probabilities ?? {}).join()} ${hex}`;
}

/**
 * Decodes recordings in every browser that is installed, and in Node.
 * @param recordings the files of each
 * @returns how many outcomes differ
 */
export async function compareInBrowsers(
  recordings: readonly (readonly string[])[],
  print: (line: string) => void,
): Promise<number> {
  const site = await startBareSite();
  let differing = 0;
  for (const name of browserNames) {
    const path = findBrowser(name);
    if (path === null) {
      print(`${name} is not installed`);
      continue;
    }
    const browser = await startBrowser(name, path);
    const tab = await browser.open(site.url);
    let decided = 0;
    let refused = 0;
    for (const paths of recordings) {
      const node = await decodeInNode(paths, "eyes");
      const page = await decodeInPage(tab, paths, "eyes");
      const same =
        node.failure === page.failure &&
        (node.failure !== null || node.decisions.map(bits).join() === page.decisions.map(bits).join());
      if (!same) {
        differing++;
        const at = node.decisions.findIndex(
          (one, i) => !page.decisions[i] || bits(one) !== bits(page.decisions[i]),
        );
        print(`${browser.version} ${paths[0]}: differs at decision ${at}`);
        print(`  Node: ${node.failure ?? JSON.stringify(node.decisions[at])}`);
        print(`  page: ${page.failure ?? JSON.stringify(page.decisions[at])}`);
      }
      if (node.failure === null) decided += node.decisions.length;
      else refused++;
    }
    await browser.close();
    print(
      `${browser.version}, Node ${process.version}: ${recordings.length} recordings, ${decided} decisions, ${refused} refused`,
    );
  }
  await site.close();
  print(differing === 0 ? "every bit is the same" : `${differing} differ`);
  return differing;
}
