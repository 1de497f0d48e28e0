import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { decode } from "../../src/decode/decode.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import type { Item } from "../../src/eeg/item.ts";
import { loadModel, shippedModels } from "../../src/model/load.node.ts";
import { isWindowModel } from "../../src/model/window-model.ts";
import type { Model } from "../../src/model/model.ts";
import { replay } from "../../src/source/replay.node.ts";
import { randomModel } from "../model/random-model.ts";
import { all, interrupted, source } from "./streams.ts";

/**
 * The same decisions, bit for bit, on every machine: these files were written on one of them. After a change that is
 * meant to change bits, `BRAINWIRE_WRITE_GOLDEN=1 npm test -- test/decode/golden` writes them anew.
 */
const folder = fileURLToPath(new URL("../golden/decisions/", import.meta.url));

interface Golden {
  readonly decisions: number;
  /** Of all decisions' samples, labels, reasons and probabilities, as JSON, which keeps every bit of a number. */
  readonly sha256: string;
  /** Every tenth, to see what differs. */
  readonly some: readonly unknown[];
}

async function check(name: string, items: AsyncIterable<Item> | Iterable<Item>, model: Model): Promise<void> {
  const found = summary(await all(decode(items, model, { clock: "none" })));
  const path = `${folder}${name}.json`;
  if (process.env["BRAINWIRE_WRITE_GOLDEN"]) {
    mkdirSync(folder, { recursive: true });
    const some = found.some.map((row) => `    ${JSON.stringify(row)}`).join(",\n");
    const head = `  "decisions": ${found.decisions},\n  "sha256": "${found.sha256}"`;
    writeFileSync(path, `{\n${head},\n  "some": [\n${some}\n  ]\n}\n`);
  }
  if (!existsSync(path)) throw new Error(`${path} is not there; write it with BRAINWIRE_WRITE_GOLDEN=1`);
  expect(found).toEqual(JSON.parse(readFileSync(path, "utf8")));
}

function summary(list: readonly Decision[]): Golden {
  const rows = list.map(({ sample, label, probabilities, reasons }) => [
    sample,
    label,
    probabilities && Object.values(probabilities),
    reasons,
  ]);
  const sha256 = createHash("sha256").update(JSON.stringify(rows)).digest("hex");
  return { decisions: rows.length, sha256, some: rows.filter((_, i) => i % 10 === 0) };
}

test("noise at the model's rate", () => check("noise-160", source(interrupted()), randomModel()));

test("noise that is resampled", () => check("noise-250", source(interrupted(), { hz: 250 }), randomModel()));

test("the demo recording, by every encoder that is shipped", async () => {
  const demo = fileURLToPath(new URL("../../recordings/demo.edf", import.meta.url));
  for (const name of await shippedModels()) {
    const model = await loadModel(name);
    if (!isWindowModel(model)) await check(`demo-${name}`, replay(demo), model);
  }
});
