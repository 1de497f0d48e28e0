import { Worker } from "node:worker_threads";
import { EegError } from "../eeg/errors.ts";
import type { Gap, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { Decoding, DecodingService } from "./decoding.ts";
import type { DecodingReply, DecodingRequest, DecodingSetup } from "./decoding-messages.ts";

export interface DecodingPoolOptions {
  readonly setup: DecodingSetup;
  /** Threads beside the server's own; each is started when the first stream comes to it. */
  readonly threads: number;
  /** Streams that are decoded where the sockets are served. @default 256 */
  readonly above?: number;
}

/**
 * With so many streams one thread is a third to half busy, sockets included, and labels still come in time
 * (docs/latency.md). Below that, handing samples over would only cost time.
 */
const streamsHere = 256;

type Decided = Parameters<Decoding["push"]>[1];

/**
 * Decodes the first streams where `own` does, and those that come when it has enough in threads of their own: each
 * stream in one of them, the one with the fewest. What is decided is the same bit for bit.
 * @param own the service of the same model and options; released with the pool
 */
export function createDecodingPool(own: DecodingService, options: DecodingPoolOptions): DecodingService {
  const { setup, threads, above = streamsHere } = options;
  const pool: DecodingThread[] = [];
  let here = 0;

  function beginHere(stream: StreamInfo): Decoding {
    const decoding = own.begin(stream);
    here++;
    return {
      push: (item, decided) => decoding.push(item, decided),
      end(decided) {
        here--;
        return decoding.end(decided);
      },
    };
  }

  function freest(): DecodingThread {
    const least = pool.reduce<DecodingThread | null>(
      (best, thread) => (best && best.streams <= thread.streams ? best : thread),
      null,
    );
    if (least && (least.streams === 0 || pool.length >= threads)) return least;
    const made = startDecodingThread(setup);
    pool.push(made);
    return made;
  }

  return {
    ...own,
    begin(stream) {
      if (here < above || threads === 0) return beginHere(stream);
      own.check(stream);
      return freest().begin(stream);
    },
    async release() {
      await Promise.all(pool.map((thread) => thread.close()));
      await own.release();
    },
  };
}

interface DecodingThread {
  readonly streams: number;
  begin(stream: StreamInfo): Decoding;
  close(): Promise<void>;
}

interface Waiting {
  readonly postedMs: number;
  readonly decided: Decided;
  resolve(): void;
  reject(error: Error): void;
}

function startDecodingThread(setup: DecodingSetup): DecodingThread {
  const worker = new Worker(new URL("./decoding-thread.js", import.meta.url), { workerData: setup });
  /** By stream, what was sent and not answered yet. */
  const streams = new Map<number, Waiting[]>();
  let count = 0;
  let broken: Error | null = null;

  worker.on("message", (reply: DecodingReply) => {
    const first = streams.get(reply.id)?.shift();
    if (!first) return;
    const begunMs = Math.max(first.postedMs, reply.begunMs - performance.timeOrigin);
    for (const decision of reply.decisions) first.decided(decision, begunMs);
    if (reply.fault) first.reject(failure(reply.fault));
    else first.resolve();
  });
  worker.on("error", fail);
  worker.on("exit", () => fail(new Error("the thread that decodes has ended")));

  function fail(error: Error): void {
    broken ??= error;
    for (const waiting of streams.values()) for (const each of waiting.splice(0)) each.reject(broken);
  }

  function post(request: DecodingRequest, transfer: ArrayBuffer[] = []): void {
    worker.postMessage(request, transfer);
  }

  /** Sends what is answered, and waits for the answer. */
  function ask(request: DecodingRequest, decided: Decided): Promise<void> {
    if (broken) return Promise.reject(broken);
    return new Promise((resolve, reject) => {
      streams.get(request.id)!.push({ postedMs: performance.now(), decided, resolve, reject });
      const isSamples = request.kind === "push" && request.item.kind === "samples";
      post(request, isSamples ? [(request.item as Samples).data.buffer as ArrayBuffer] : []);
    });
  }

  return {
    get streams() {
      return streams.size;
    },
    begin(stream) {
      const id = count++;
      streams.set(id, []);
      post({ kind: "begin", id, stream });
      return {
        push: (item, decided) => ask({ kind: "push", id, item: copied(item) }, decided),
        end: (decided) => ask({ kind: "end", id }, decided).finally(() => streams.delete(id)),
      };
    },
    async close() {
      await worker.terminate();
    },
  };
}

/** The stream's memory keeps the samples: the thread gets a copy that becomes its own. */
function copied(item: Samples | Gap): Samples | Gap {
  return item.kind === "gap" ? item : { ...item, data: item.data.slice() };
}

function failure({ code, message }: NonNullable<DecodingReply["fault"]>): Error {
  return code === null ? new Error(message) : new EegError(code, message);
}
