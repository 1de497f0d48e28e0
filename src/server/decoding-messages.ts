import type { ActingOptions } from "../decode/acting.ts";
import type { Decision } from "../eeg/decision.ts";
import type { EegErrorCode } from "../eeg/errors.ts";
import type { Gap, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { Model } from "../model/model.ts";
import type { DecodingOptions } from "./decoding.ts";

/** What a thread that decodes is started with. */
export interface DecodingSetup {
  readonly model: Model;
  readonly options: Pick<DecodingOptions, "hopSeconds" | "allowFiltered" | "calibration" | "quality">;
  readonly acting: ActingOptions;
}

/** To the thread. Each `push` and `end` is answered once, in order. */
export type DecodingRequest =
  | { readonly kind: "begin"; readonly id: number; readonly stream: StreamInfo }
  | { readonly kind: "push"; readonly id: number; readonly item: Samples | Gap }
  | { readonly kind: "end"; readonly id: number };

/** What an item led to, or why it led to nothing. */
export interface DecodingReply {
  readonly id: number;
  readonly decisions: readonly Decision[];
  /** When the thread began, ms since 1970. */
  readonly begunMs: number;
  readonly fault?: { readonly code: EegErrorCode | null; readonly message: string };
}
