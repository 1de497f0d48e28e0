/** The files of a capture, beside `capture.json`. */
export const samplesName = "samples.bin";
export const decisionsName = "decisions.jsonl";
export const logName = "log.jsonl";

export function signalName(segment: number): string {
  return `segment-${segment}.bdf`;
}
