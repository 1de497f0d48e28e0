import { spawn } from "node:child_process";
import { mkdtemp, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { EegError } from "../../../src/eeg/errors.ts";
import { createRandom } from "../../../src/eeg/random.ts";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import { createEdfFile } from "../../../src/formats/edf/write-file.node.ts";
import { fileSource } from "../../../src/formats/file-source.node.ts";
import { collectStream } from "./collect.ts";
import { memorySource } from "./memory-source.ts";
import { endless, framesIn } from "./endless.js";

const header = 256 * 4;

/** How many whole pieces of the endless stream the bytes hold, all of them checked. */
async function framesRead(bytes: Uint8Array): Promise<number> {
  const recording = await openEdf(memorySource(bytes));
  const { items } = await collectStream(recording, 0);
  return framesIn(items);
}

test("a file cut at any byte has lost the record in which it is cut and no other", async () => {
  const path = join(await mkdtemp(join(tmpdir(), "brainwire-")), "cut.edf");
  const file = await createEdfFile(path, { format: "EDF+D" });
  const counts: number[] = [];
  let pushed = 0;
  for (const item of endless()) {
    await file.push(item);
    // as another program sees it while it grows
    const bytes = await readFile(path);
    const count = Number(bytes.toString("latin1", 236, 244));
    counts.push(count);
    if (count > 0) expect(bytes.length).toBe(header + (count * (bytes.length - header)) / count);
    if (item.kind === "samples" && ++pushed === 12) break;
  }
  await file.close();
  expect(counts.at(-1)).toBe(12);
  const bytes = await readFile(path);
  const recordBytes = (bytes.length - header) / 12;
  for (let length = 0; length <= bytes.length; length++) {
    const cut = bytes.subarray(0, length);
    const whole = Math.floor((length - header) / recordBytes);
    if (whole < 1) await expect(framesRead(cut)).rejects.toBeInstanceOf(EegError);
    else expect(await framesRead(cut)).toBe(whole);
  }
}, 60_000);

test("a program killed while it writes leaves every record that it had finished", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
  const random = createRandom(5);
  for (let run = 0; run < 4; run++) {
    const path = join(folder, `killed-${run}.bdf`);
    const child = spawn(process.execPath, [
      fileURLToPath(new URL("write-until-killed.js", import.meta.url)),
      path,
    ]);
    const wanted = 1 + random.integer(60);
    let said = 0;
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (text: Buffer) => {
        said += text.length; // a character for every piece that is in the file
        if (said >= wanted) child.kill("SIGKILL");
      });
      child.on("close", () => resolve());
    });
    expect(said).toBeGreaterThanOrEqual(wanted);
    const recording = await openEdf(await fileSource(path));
    const { items } = await collectStream(recording, 0);
    await recording.close();
    const frames = framesIn(items);
    expect(frames).toBeGreaterThanOrEqual(said);
    const bytes = await readFile(path);
    expect((await stat(path)).size).toBe(bytes.length);
    const count = Number(bytes.toString("latin1", 236, 244));
    expect(count).toBeGreaterThanOrEqual(said);
    expect(count).toBeLessThanOrEqual(frames);
  }
}, 60_000);
