import { electrodesOf } from "../eeg/electrodes.ts";
import type { Gap, Marker, Samples } from "../eeg/item.ts";
import { hertz, sfreq } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { ClientMessageOf } from "../protocol/client-message.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import type { Limits } from "./limits.ts";
import type { Stream } from "./stream.ts";

type Published = ClientMessageOf<"publish">["info"];

/**
 * What a publisher says of its stream, as sources say it: EEG channels without a position get their electrode's.
 * @throws ProtocolError PROTOCOL_LIMIT, PROTOCOL_MESSAGE
 */
export function checkedInfo(published: Published, limits: Limits): StreamInfo {
  const { type: _type, ...info } = published;
  if (info.channels.length > limits.channels)
    throw new ProtocolError(
      "PROTOCOL_LIMIT",
      `${info.name}: ${info.channels.length} channels are more than ${limits.channels}`,
    );
  const rate = sfreq(info.sfreq.num, info.sfreq.den);
  if (hertz(rate) > limits.sfreqHz)
    throw new ProtocolError(
      "PROTOCOL_LIMIT",
      `${info.name}: ${hertz(rate)} Hz is more than ${limits.sfreqHz}`,
    );
  const labels = info.channels.map(({ label }) => label);
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined)
    throw new ProtocolError(
      "PROTOCOL_MESSAGE",
      `${info.name}: two channels are called ${twice}; labels must differ`,
    );
  const filters = info.filters.map(({ kind, description, lowHz, highHz }) => ({
    kind,
    description,
    ...(lowHz === undefined ? {} : { lowHz }),
    ...(highHz === undefined ? {} : { highHz }),
  }));
  const places = electrodesOf(labels);
  const channels = info.channels.map((channel, i) =>
    channel.type === "eeg" && channel.position === null
      ? { ...channel, position: places[i]?.position ?? null }
      : channel,
  );
  return { ...info, channels, sfreq: rate, filters, segment: 0 };
}

/** Whether a publisher that came back goes on with the same grid. */
export function sameGrid(a: StreamInfo, b: StreamInfo): boolean {
  const grid = ({ channels, sfreq: { num, den } }: StreamInfo): string =>
    JSON.stringify([channels, num, den]);
  return grid(a) === grid(b);
}

/** What a publisher may send on a stream of its own: in order, on the grid, of the right shape. */
export interface Publication {
  readonly stream: Stream;
  /**
   * @param timeNs of the first sample on the server's clock, as far as the publisher knows it
   * @throws ProtocolError PROTOCOL_ORDER, PROTOCOL_FRAME, PROTOCOL_LIMIT
   */
  samples(segment: number, samples: Samples, timeNs: bigint | null): void | Promise<void>;
  gap(segment: number, gap: Gap): void | Promise<void>;
  marker(segment: number, marker: Marker): void | Promise<void>;
}

/** Markers by which one that is told again, after a reconnect, is known. */
const rememberedMarkers = 2000;

export function createPublication(stream: Stream, info: StreamInfo, limits: Limits): Publication {
  const told = new Set<string>();
  const longestGap = limits.gapSeconds * hertz(info.sfreq);

  function check(segment: number): void {
    if (segment !== stream.segment)
      throw new ProtocolError(
        "PROTOCOL_ORDER",
        `${info.name}: segment ${segment} is over, ${stream.segment} is the present one`,
      );
  }

  /** The gap that a jump of the index stands for. */
  function bridge(start: number): Gap | null {
    const { next } = stream;
    if (start < next)
      throw new ProtocolError(
        "PROTOCOL_ORDER",
        `${info.name}: sample ${start} was already sent, ${next} is the next`,
      );
    if (start - next > longestGap)
      throw new ProtocolError(
        "PROTOCOL_LIMIT",
        `${info.name}: a jump from sample ${next} to ${start} is longer than ${limits.gapSeconds} s`,
      );
    return start === next ? null : { kind: "gap", start: next, nSamples: start - next, reason: "lost" };
  }

  function push(item: Samples | Gap, timeNs: bigint | null): void | Promise<void> {
    const gap = bridge(item.start);
    const arrivedMs = performance.now();
    const before = gap ? stream.push(gap, arrivedMs) : undefined;
    const done = stream.push(item, arrivedMs, timeNs);
    return before && done ? Promise.all([before, done]).then(() => undefined) : (done ?? before);
  }

  return {
    stream,
    samples(segment, samples, timeNs) {
      check(segment);
      const channels = samples.data.length / samples.nSamples;
      if (channels !== info.channels.length)
        throw new ProtocolError(
          "PROTOCOL_FRAME",
          `${info.name}: expected ${info.channels.length} channels, got ${channels}`,
        );
      return push(samples, timeNs);
    },
    gap(segment, gap) {
      check(segment);
      if (gap.nSamples > longestGap)
        throw new ProtocolError(
          "PROTOCOL_LIMIT",
          `${info.name}: a gap of ${gap.nSamples} samples is longer than ${limits.gapSeconds} s`,
        );
      return push(gap, null);
    },
    marker(segment, marker) {
      check(segment);
      const key = JSON.stringify([marker.onset, marker.duration, marker.text, marker.channel]);
      if (told.has(key)) return;
      told.add(key);
      if (told.size > rememberedMarkers) told.delete(told.values().next().value!);
      return stream.push(marker, performance.now());
    },
  };
}
