import type { Diagnostic } from "../eeg/errors.ts";
import { contextPatches } from "./encoder.ts";
import type { Engine, Hop } from "./engine.ts";
import type { Model } from "./model.ts";

export interface FailoverOptions {
  /** The engine to begin with. */
  readonly first: Engine;
  /** Makes the engines that take over, one after the other. One that cannot be made is passed over. */
  readonly others: readonly (() => Engine | Promise<Engine>)[];
  /** Told of every change of the engine, and why. */
  readonly warn: (warning: Diagnostic) => void;
}

interface Stream {
  /** Who encodes it, and its slot there. */
  engine: Engine;
  slot: number;
  /** The last patches that the encoder can still see: a ring. */
  readonly kept: Kept[];
  next: number;
}

interface Kept {
  readonly patch: number;
  readonly token: Float32Array;
}

/**
 * An engine that outlives its device: it keeps every stream's last tokens, and when the engine fails the next one
 * is shown them and goes on with the hop that failed. The labels are those of an engine that never failed.
 */
export function createFailover(model: Model, { first, others, warn }: FailoverOptions): Engine {
  const context = contextPatches(model.manifest.architecture.sizes);
  const streams = new Map<number, Stream>();
  const rest = [...others];
  let engine = first;
  let nextSlot = 0;
  let takeover: Promise<void> | undefined;
  let released = false;

  function streamOf(slot: number): Stream {
    const stream = streams.get(slot);
    if (!stream) throw new RangeError(`slot ${slot} is not open`);
    return stream;
  }

  function keep({ slot, patch, token }: Hop): void {
    const stream = streams.get(slot);
    if (!stream) return; // closed while the hop was under way
    stream.kept[stream.next] = { patch, token: token.slice() };
    stream.next = (stream.next + 1) % context;
  }

  /** Makes the next engine that can be made and shows it what the streams' encoders can still see. */
  async function replace(failed: Engine, cause: unknown): Promise<void> {
    await Promise.resolve(failed.release()).catch(() => undefined);
    let reason = cause;
    while (rest.length > 0) {
      try {
        const made = await rest.shift()!();
        if (released) return await made.release();
        await show(made);
        warn({
          code: "ENGINE_REPLACED",
          message: `engine ${failed.name} on ${failed.device} failed (${words(cause)}); ${made.name} on ${made.device} goes on, no label is lost`,
        });
        return;
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  }

  async function show(made: Engine): Promise<void> {
    for (const [id, stream] of streams) {
      stream.engine = made;
      stream.slot = made.open();
      const { kept, next } = stream;
      for (const { patch, token } of [...kept.slice(next), ...kept.slice(0, next)]) {
        if (!streams.has(id)) break; // closed meanwhile
        await made.step([{ slot: stream.slot, patch, token }]);
      }
    }
    engine = made;
  }

  async function stepOr(hops: readonly Hop[], failed: Engine, cause: unknown): Promise<Float32Array> {
    if (engine === failed) {
      takeover ??= replace(failed, cause).finally(() => (takeover = undefined));
      await takeover;
    }
    return step(hops);
  }

  function step(hops: readonly Hop[]): Float32Array | Promise<Float32Array> {
    if (takeover) return takeover.then(() => step(hops));
    const used = engine;
    const own = hops.map((hop) => ({ ...hop, slot: streamOf(hop.slot).slot }));
    const done = (logits: Float32Array): Float32Array => {
      hops.forEach(keep);
      return logits;
    };
    const refused = (error: unknown): Promise<Float32Array> => {
      if (released || error instanceof RangeError) throw error; // the caller's doing, not the engine's failure
      return stepOr(hops, used, error);
    };
    try {
      const logits = used.step(own);
      return logits instanceof Promise ? logits.then(done, refused) : done(logits);
    } catch (error) {
      return refused(error);
    }
  }

  return {
    get name() {
      return engine.name;
    },
    get device() {
      return engine.device;
    },
    open() {
      streams.set(nextSlot, { engine, slot: engine.open(), kept: [], next: 0 });
      return nextSlot++;
    },
    close(slot) {
      const stream = streamOf(slot);
      stream.engine.close(stream.slot);
      streams.delete(slot);
    },
    step,
    release() {
      released = true;
      return engine.release();
    },
  };
}

function words(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!.trim();
}
