import { tokenNumbers } from "../../tokens/token.ts";
import type { Engine } from "../engine.ts";
import type { EncoderSizes } from "../encoder.ts";
import { createSlots } from "../slots.ts";
import type { SessionThread } from "./session-thread.node.ts";

export interface HopEngineOptions {
  readonly name: Engine["name"];
  readonly device: string;
  readonly sizes: EncoderSizes;
}

/**
 * An engine on a thread that runs the hop graph. A stream keeps its row of the batch, so that others who join or
 * leave change none of its bits.
 */
export function createHopEngine(thread: SessionThread, { name, device, sizes }: HopEngineOptions): Engine {
  const features = tokenNumbers(sizes);
  const free: number[] = [];
  let nRows = 0;
  const slots = createSlots(
    () => {
      const row = free.pop() ?? nRows++;
      // Its answer is not waited for: requests are answered in order, and a fault shows at the next hop.
      thread.request({ kind: "clear", row }).catch(() => undefined);
      return { row };
    },
    ({ row }) => free.push(row),
  );

  return {
    name,
    device,
    open: slots.open,
    close: slots.close,
    async step(hops) {
      const rows = hops.map(({ slot, patch }) => slots.advance(slot, patch).row);
      const tokens = new Float32Array(hops.length * features);
      hops.forEach(({ token }, i) => tokens.set(token, i * features));
      return thread.request({ kind: "hops", rows, patches: hops.map(({ patch }) => patch), tokens });
    },
    release: () => thread.close(),
  };
}

/** Whether a batch is one; engines with rows refuse others. @throws RangeError unless it is a positive integer */
export function checkBatch(batch: number): void {
  if (!(Number.isSafeInteger(batch) && batch >= 1))
    throw new RangeError(`batch: expected an integer of at least 1, got ${batch}`);
}
