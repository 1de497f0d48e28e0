import type { AbstainReason } from "../eeg/decision.ts";
import type { FeedLoss, FeedState } from "./feed.ts";

/** Why nothing is said, for people. */
export const reasonSentences: Readonly<Record<AbstainReason, string>> = {
  settling: "filters and context are still filling",
  gap: "samples are missing here",
  "channels-missing": "channels that the model needs are missing",
  quality: "the signal is too poor",
  "low-confidence": "not sure enough of any label",
  "out-of-distribution": "unlike anything the model was trained on",
  dwell: "the label has not held for long enough yet",
  refractory: "another label was given only just now",
  idle: "nothing is being done",
};

/** What a user should know of a label that was given nevertheless. */
export const noteWords: Readonly<Partial<Record<AbstainReason, string>>> = {
  "channels-missing": "some channels are missing",
};

export const statusWords: Readonly<Record<FeedState["status"], string>> = {
  connecting: "connecting",
  ready: "ready",
  live: "live",
  paused: "paused",
  interrupted: "sender lost",
  lost: "connection lost",
  ended: "ended",
  failed: "failed",
};

const lossReasons: Readonly<Record<FeedLoss["reason"], string>> = {
  slow: "this page read too slowly",
  expired: "the server no longer had them",
  restarted: "the stream was made anew",
};

/** What was not received, in a sentence. @param rate samples a second */
export function lossSentence(loss: FeedLoss, rate: number): string {
  if (loss.reason === "restarted") return "What came before the restart of the stream may be incomplete";
  return `Not received: ${lost(loss, rate)}; ${lossReasons[loss.reason]}`;
}

function lost({ what, ranges, messages }: FeedLoss, rate: number): string {
  if (what === "decisions") return `${messages ?? "some"} decision${messages === 1 ? "" : "s"}`;
  const nSamples = ranges.reduce((sum, range) => sum + (range.nSamples ?? 0), 0);
  const seconds = nSamples > 0 ? `${(nSamples / rate).toFixed(1)} s of ` : "";
  return `${seconds}${what === "everything" ? "the stream" : what}`;
}
