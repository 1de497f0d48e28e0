import type { Item, Marker, Samples } from "../eeg/item.ts";
import { sampleAt, secondsAt } from "../eeg/sfreq.ts";
import { formatLocalTime, movedTime, parseLocalTime } from "../formats/local-time.ts";

/**
 * A local time some seconds later, in the same zone all along, as files mean it; null for one of another form.
 * @param time ISO 8601 without a zone, such as `2009-08-12T16:15:00.25`
 * @internal
 */
export function laterTime(time: string, seconds: number): string | null {
  const parsed = parseLocalTime(time);
  return parsed && formatLocalTime(movedTime(parsed, seconds));
}

/**
 * A stream from `seconds` on, as a stream of its own: its sample 0 is the sample there, its `t0` that moment. What
 * lies before is read and left out. Later segments stay as they are.
 */
export async function* seek(
  items: AsyncIterable<Item>,
  seconds: number,
): AsyncGenerator<Item, void, undefined> {
  let first = 0;
  let channels = 0;
  let inFirst = true;
  let infos = 0;
  for await (const item of items) {
    if (item.kind === "info") {
      inFirst = infos++ === 0;
      channels = item.stream.channels.length;
      first = inFirst ? sampleAt(seconds, item.stream.sfreq) : 0;
      const { t0, sfreq } = item.stream;
      if (first === 0 || t0 === null) yield item;
      else yield { kind: "info", stream: { ...item.stream, t0: laterTime(t0, secondsAt(first, sfreq)) } };
      continue;
    }
    const moved = first === 0 ? item : shift(item, first, channels);
    if (moved) yield moved;
  }
}

function shift(
  item: Samples | Marker | Exclude<Item, { kind: "info" }>,
  first: number,
  channels: number,
): Exclude<Item, { kind: "info" }> | null {
  if (item.kind === "marker") {
    const onset = item.onset - first;
    return onset + item.duration < 0 || (onset < 0 && item.duration === 0) ? null : { ...item, onset };
  }
  const start = item.start - first;
  if (start >= 0) return { ...item, start };
  const nSamples = start + item.nSamples;
  if (nSamples <= 0) return null;
  if (item.kind === "gap") return { ...item, start: 0, nSamples };
  const data = new Float32Array(channels * nSamples);
  for (let c = 0; c < channels; c++)
    data.set(item.data.subarray((c + 1) * item.nSamples - nSamples, (c + 1) * item.nSamples), c * nSamples);
  return { kind: "samples", start: 0, data, nSamples };
}
