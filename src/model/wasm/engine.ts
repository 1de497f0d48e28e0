import { createArena, lazyModule, type Memory } from "../../eeg/web-assembly.ts";
import type { Engine, Hop } from "../engine.ts";
import type { Model } from "../model.ts";
import { createSlots } from "../slots.ts";
import { kernelBase64 } from "./kernel.wasm.ts";
import { planMemory } from "./plan.ts";

interface Exports {
  readonly memory: Memory;
  hop(plan: number, slot: number, column: number): void;
  // oxlint-disable-next-line max-params
  shift(plan: number, slot: number, from: number, kept: number): void;
}

interface Slot {
  /** Bytes. */
  readonly pointer: number;
  /** Where the newest patch lies in the cache, and which it is. */
  column: number;
  patch: number;
}

const instantiate = lazyModule<Exports>(kernelBase64);

/**
 * The streaming form on WebAssembly SIMD: one float32 operation after another in a fixed order, so that a stream
 * gets the same bits alone or among others, on every machine. Synchronous.
 */
export function createWasmEngine(model: Model): Engine {
  const { sizes } = model.manifest.architecture;
  const { classes, window } = sizes;
  const exports = instantiate();
  const reserve = createArena(exports.memory);
  const plan = planMemory(model, exports.memory, reserve);
  const free: number[] = [];
  let floats = new Float32Array(exports.memory.buffer);
  let words = new Int32Array(exports.memory.buffer);
  const slots = createSlots<Slot>(createSlot, ({ pointer }) => free.push(pointer));
  let logits = new Float32Array(classes);

  function createSlot(): Slot {
    const pointer = free.pop() ?? reserve(plan.slotBytes);
    if (floats.buffer !== exports.memory.buffer) {
      floats = new Float32Array(exports.memory.buffer);
      words = new Int32Array(exports.memory.buffer);
    }
    floats.fill(0, pointer / 4, (pointer + plan.slotBytes) / 4);
    return { pointer, column: plan.lanes - 1, patch: -1 };
  }

  /** Moves a slot on to a patch: where its column is, and which columns the window no longer holds. */
  function advance(slot: Slot, patch: number): void {
    const { lanes, columns } = plan;
    const validity = slot.pointer / 4;
    let distance = patch - slot.patch;
    slot.patch = patch;
    if (distance >= window) {
      words.fill(0, validity, validity + columns);
      slot.column = lanes - 1;
      return;
    }
    if (slot.column + distance >= columns) {
      // the newest lanes go to the front; the next patch lies `distance` behind them
      exports.shift(plan.pointer, slot.pointer, slot.column + 1 - lanes, lanes);
      slot.column = lanes - 1;
    }
    for (; distance > 0; distance--) {
      slot.column++;
      if (slot.column >= window) words[validity + slot.column - window] = 0; // lanes may be more than the window
    }
  }

  function encode({ slot, patch, token }: Hop, out: number): void {
    const state = slots.advance(slot, patch);
    advance(state, patch);
    floats.set(token, plan.token / 4);
    exports.hop(plan.pointer, state.pointer, state.column);
    for (let c = 0; c < classes; c++) logits[out + c] = floats[plan.logits / 4 + c]!;
  }

  return {
    name: "wasm",
    device: "cpu",
    open: slots.open,
    close: slots.close,
    step(hops) {
      if (logits.length !== hops.length * classes) logits = new Float32Array(hops.length * classes);
      for (let i = 0; i < hops.length; i++) encode(hops[i]!, i * classes);
      return logits;
    },
    release: slots.clear,
  };
}
