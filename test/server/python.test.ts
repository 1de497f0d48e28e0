import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, jest, test } from "@jest/globals";
import type { Decision } from "../../src/eeg/decision.ts";
import { decode } from "../../src/decode/decode.ts";
import { randomModel } from "../model/random-model.ts";
import { noise, streamInfo } from "../tokens/signals.ts";
import { decodingBy, madeRecording, startTestServer, stopServers } from "./harness.ts";

jest.setTimeout(30_000);
afterEach(stopServers);

const script = fileURLToPath(new URL("../../examples/python/brainwire.py", import.meta.url));
/** Debian's package belongs to the system's own Python. */
const python = ["python3", "/usr/bin/python3"].find(
  (name) => spawnSync(name, ["-c", "import websockets"]).status === 0,
);

(python ? test : test.skip)(
  "the Python client prints the decisions of `decode` (skipped without websockets)",
  async () => {
    const info = streamInfo({});
    const recording = madeRecording([noise(info.channels.length, 1600, 5)], info);
    const server = await startTestServer({ decoding: decodingBy(randomModel()) });
    await server.addRecording(recording, { speed: "max" });
    const output = await new Promise<string>((resolve, reject) => {
      const child = spawn(python!, [script, server.url]);
      let text = "";
      child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      child.stderr.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      child.on("error", reject).on("close", () => resolve(text));
    });
    const got = output
      .trim()
      .split("\n")
      .map((line) => {
        const { timing: _, ...decision } = JSON.parse(line) as Decision;
        return decision;
      });
    const expected: Decision[] = [];
    for await (const { timing: _, ...decision } of decode(recording.items(), randomModel()))
      expected.push(decision);
    expect(got).toEqual(expected);
  },
);
