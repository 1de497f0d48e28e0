import { parentPort, workerData } from "node:worker_threads";
import { createActing } from "../decode/acting.ts";
import type { Decision } from "../eeg/decision.ts";
import { EegError } from "../eeg/errors.ts";
import { createEngine } from "../model/engines.ts";
import { createDecodingService, type Decoding } from "./decoding.ts";
import type { DecodingReply, DecodingRequest, DecodingSetup } from "./decoding-messages.ts";

/** A thread that decodes streams on the built-in engine, with the same code as the server's own. */
const { model, options, acting } = workerData as DecodingSetup;
const service = createDecodingService({
  model,
  engine: createEngine(model, { engine: "wasm" }),
  ...options,
  acting: createActing(model, acting),
});
const open = new Map<number, Decoding>();

function answer(request: DecodingRequest): DecodingReply | null {
  const { id } = request;
  const begunMs = performance.timeOrigin + performance.now();
  const decisions: Decision[] = [];
  const decided = (decision: Decision): void => void decisions.push(decision);
  try {
    if (request.kind === "begin") {
      open.set(id, service.begin(request.stream));
      return null;
    }
    const decoding = open.get(id);
    if (!decoding) throw new Error("the stream did not begin");
    if (request.kind === "push") void decoding.push(request.item, decided);
    else {
      open.delete(id);
      void decoding.end(decided);
    }
    return { id, decisions, begunMs };
  } catch (error) {
    const { message } = error as Error;
    return {
      id,
      decisions,
      begunMs,
      fault: { code: error instanceof EegError ? error.code : null, message },
    };
  }
}

parentPort!.on("message", (request: DecodingRequest) => {
  const reply = answer(request);
  if (reply) parentPort!.postMessage(reply);
});
