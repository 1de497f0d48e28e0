/**
 * The thread that a runtime works in, because a run blocks the thread that calls it: a session, and for the encoder
 * the caches of its streams. Started by `session-thread.node.ts`.
 */
import { parentPort, workerData } from "node:worker_threads";
import { EegError } from "../../eeg/errors.ts";
import type { GraphSession } from "./graph-session.ts";
import { createHopRows, type HopRows } from "./hop-rows.ts";
import type { Reply, Request, ThreadSetup } from "./session-thread.node.ts";

const port = parentPort!;
const { runtime, hops } = workerData as ThreadSetup;

/** Only the runtime that is wanted is loaded: the other one may not be installed. */
async function makeReady(wanted: ThreadSetup["runtime"]): Promise<GraphSession> {
  if (wanted.name === "tfjs") return (await import("../tfjs/session.node.ts")).createTfjsSession(wanted);
  return (await import("../onnx/runtime.node.ts")).createOnnxSession(wanted.bytes, wanted);
}

/** Caches of streams, `hops.batch` in each, made when they are first needed. */
const blocks: HopRows[] = [];

function blockOf(row: number): HopRows {
  const block = Math.floor(row / hops!.batch);
  while (blocks.length <= block) blocks.push(createHopRows(hops!.sizes, hops!.batch));
  return blocks[block]!;
}

/** Logits of each hop, in the order of the hops: one run for every block that has some. */
async function step(
  session: GraphSession,
  { rows, patches, tokens }: Extract<Request, { kind: "hops" }>,
): Promise<Float32Array<ArrayBuffer>> {
  const { batch, sizes } = hops!;
  const { classes, layers } = sizes;
  const wanted = ["logits", ...Array.from({ length: layers }, (_, l) => [`key.${l}`, `value.${l}`]).flat()];
  const size = tokens.length / rows.length;
  const logits = new Float32Array(rows.length * classes);
  for (const block of new Set(rows.map((row) => blockOf(row)))) {
    const inBlock = rows.map((row) => blockOf(row) === block);
    rows.forEach((row, i) => {
      if (inBlock[i]) block.put(row % batch, patches[i]!, tokens.subarray(i * size, (i + 1) * size));
    });
    const outputs = await session.run(block.feeds, wanted);
    block.keep(outputs);
    rows.forEach((row, i) => {
      const from = (row % batch) * classes;
      if (inBlock[i]) logits.set(outputs["logits"]!.data.subarray(from, from + classes), i * classes);
    });
  }
  return logits;
}

async function answer(
  session: GraphSession,
  request: Exclude<Request, { kind: "close" }>,
): Promise<Float32Array<ArrayBuffer>> {
  switch (request.kind) {
    case "clear":
      blockOf(request.row).clear(request.row % hops!.batch);
      return new Float32Array(0);
    case "hops":
      return step(session, request);
    case "run": {
      const outputs = await session.run(request.feeds, [request.output]);
      return Float32Array.from(outputs[request.output]!.data);
    }
  }
}

function fault(error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "fault", message, unavailable: error instanceof EegError };
}

try {
  const session = await makeReady(runtime);
  let last: Promise<unknown> = Promise.resolve();
  port.on("message", (request: Request) => {
    // One after the other: a hop finds the cache that the hop before it left.
    last = last.then(async () => {
      if (request.kind === "close") return process.exit(); // of this thread alone
      try {
        const values = await answer(session, request);
        port.postMessage({ kind: "values", values } satisfies Reply, [values.buffer]);
      } catch (error) {
        port.postMessage(fault(error));
      }
    });
  });
  const { device, inputs, outputs } = session;
  port.postMessage({
    kind: "ready",
    ...(device !== undefined && { device }),
    inputs,
    outputs,
  } satisfies Reply);
} catch (error) {
  port.postMessage(fault(error));
  port.once("message", () => process.exit());
}
