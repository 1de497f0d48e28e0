import { lazyModule, type Memory } from "../../eeg/web-assembly.ts";
import { kernelBase64 } from "./kernel.wasm.ts";

/** The functions of `kernel.as.ts`; pointers are bytes. */
export interface Exports {
  readonly memory: Memory;
  scan(data: number, from: number, n: number, wanted: 0 | 1): number;
  // oxlint-disable-next-line max-params
  mix(rows: number, channels: number, weights: number, count: number, n: number, groups: number): void;
  bands(
    ...args: [
      out: number,
      rows: number,
      taps: number,
      folded: number,
      half: number,
      filters: number,
      groups: number,
    ]
  ): void;
  sums(...args: [sums: number, patches: number, n: number, starts: number, size: number]): void;
  logMeans(
    ...args: [
      out: number,
      begun: number,
      patches: number,
      n: number,
      counts: number,
      filters: number,
      groups: number,
      epsilon: number,
    ]
  ): void;
}

/** An instance of the kernels, with a memory of its own. */
export const instantiate = lazyModule<Exports>(kernelBase64);
