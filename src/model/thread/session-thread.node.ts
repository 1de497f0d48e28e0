import { clearTimeout, setTimeout } from "node:timers";
import { Worker } from "node:worker_threads";
import { EegError } from "../../eeg/errors.ts";
import type { EncoderSizes } from "../encoder.ts";
import type { OnnxSessionOptions } from "../onnx/runtime.node.ts";
import type { TfjsSessionOptions } from "../tfjs/session.node.ts";
import type { Feed, GraphValue } from "./graph-session.ts";

/** What a thread is started with. */
export interface ThreadSetup {
  /** What runs the graph, and the graph as it takes it. */
  readonly runtime:
    | ({ readonly name: "onnx"; readonly bytes: Uint8Array } & OnnxSessionOptions)
    | ({ readonly name: "tfjs" } & TfjsSessionOptions);
  /** For the encoder's hop graph: its sizes and how many rows it has. */
  readonly hops?: { readonly sizes: EncoderSizes; readonly batch: number };
}

export type Request =
  /** A stream begins in a row. */
  | { readonly kind: "clear"; readonly row: number }
  /** The next patch of each of several rows. */
  | {
      readonly kind: "hops";
      readonly rows: readonly number[];
      readonly patches: readonly number[];
      /** One after the other. */
      readonly tokens: Float32Array;
    }
  /** A run of a model as it is, for one of its outputs. */
  | { readonly kind: "run"; readonly feeds: Readonly<Record<string, Feed>>; readonly output: string }
  /** The last one: the thread ends when all before it is done. */
  | { readonly kind: "close" };

export type Reply =
  | {
      readonly kind: "ready";
      readonly device?: string;
      readonly inputs: readonly GraphValue[];
      readonly outputs: readonly GraphValue[];
    }
  | { readonly kind: "values"; readonly values: Float32Array }
  | { readonly kind: "fault"; readonly message: string; readonly unavailable: boolean };

/** A model in a thread of its own. Requests are answered in order. */
export interface SessionThread {
  /** What it runs on, where the runtime knows better than who asked for it. */
  readonly device?: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** @throws Error with the runtime's words, or because the thread ended */
  request(request: Request): Promise<Float32Array>;
  /** Ends the thread; what still waits is refused. */
  close(): Promise<void>;
}

/**
 * How long a thread may go on with the run that it is in. Dawn ends the whole process where a thread is ended while
 * WebGPU still reads from its device, so a thread is only ended from outside when it has stopped answering.
 */
const closingMs = 5000;

/**
 * Starts a thread and makes the model ready in it.
 * @throws EegError ENGINE_UNAVAILABLE where the runtime is not installed; else Error with the runtime's words
 */
export async function startThread(setup: ThreadSetup): Promise<SessionThread> {
  const worker = new Worker(new URL("./worker.node.js", import.meta.url), { workerData: setup });
  const waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  let ended: Error | undefined;

  worker.on("message", (reply: Reply) => {
    const first = waiting.shift();
    if (waiting.length === 0) worker.unref(); // an idle engine keeps no process alive
    first?.resolve(reply);
  });
  worker.on("error", end);
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  void exited.then(() => end(new Error("the engine's thread has ended")));

  function end(error: Error): void {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) reject(ended);
  }

  /** The reply to what was sent last. */
  async function reply(): Promise<Reply> {
    const next = await new Promise<Reply>((resolve, reject) => {
      if (ended) return reject(ended);
      waiting.push({ resolve, reject });
      worker.ref();
    });
    if (next.kind === "fault")
      throw next.unavailable ? new EegError("ENGINE_UNAVAILABLE", next.message) : new Error(next.message);
    return next;
  }

  async function close(): Promise<void> {
    end(new Error("the engine was released"));
    worker.ref();
    worker.postMessage({ kind: "close" } satisfies Request);
    const late = setTimeout(() => void worker.terminate(), closingMs);
    await exited;
    clearTimeout(late);
  }

  const ready = await reply().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  if (ready.kind !== "ready") throw new TypeError(`expected the thread to be ready, got ${ready.kind}`);
  return {
    ...(ready.device !== undefined && { device: ready.device }),
    inputs: ready.inputs,
    outputs: ready.outputs,
    async request(request) {
      worker.postMessage(request);
      const answer = await reply();
      if (answer.kind !== "values") throw new TypeError(`expected values, got ${answer.kind}`);
      return answer.values;
    },
    close,
  };
}
