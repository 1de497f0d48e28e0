import { lazyModule, type Memory } from "../../eeg/web-assembly.ts";
import { kernelBase64 } from "./kernel.wasm.ts";

/** The functions of `kernel.as.ts`; pointers are bytes. */
export interface Exports {
  readonly memory: Memory;
  gather(...args: [lanes: number, rows: number, strideBytes: number, n: number]): void;
  filter(
    ...args: [
      rows: number,
      n: number,
      groups: number,
      work: number,
      sections: number,
      count: number,
      state: number,
    ]
  ): void;
  resample(
    ...args: [
      out: number,
      strideBytes: number,
      n: number,
      held: number,
      base: number,
      phases: number,
      taps: number,
      phase: number,
      up: number,
      part: number,
      whole: number,
    ]
  ): void;
}

/** Channels that a kernel works on at once. */
export const lanes = 8;

/** An instance of the kernels, with a memory of its own. */
export const instantiate = lazyModule<Exports>(kernelBase64);
