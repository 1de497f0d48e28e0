import type { Gap, Samples } from "../eeg/item.ts";
import { parseSampleRows } from "../protocol/sample-rows.ts";
import type { ClientMessageInput, Delivery, Encoding, What } from "../protocol/client-message.ts";
import type { SamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessage, ServerMessageOf } from "../protocol/server-message.ts";
import type { StreamDescription } from "../protocol/stream-schema.ts";
import { liveInfo, type ConnectOptions, type LiveEvent } from "./live.ts";

export interface SubscriptionOptions {
  readonly stream: string | undefined;
  readonly delivery: Delivery;
  readonly encoding: Encoding;
  readonly from: ConnectOptions["from"];
  readonly credit: number;
}

/**
 * The place of one subscription on its stream: what was received, so that another connection can go on there, and
 * so that nothing is given twice.
 */
export interface Subscription {
  readonly info: StreamDescription | null;
  /** Whether the server has ever answered. */
  readonly known: boolean;
  /** The message that asks for `what`; after a reconnect, from where the last one ended. */
  request(what: readonly What[]): ClientMessageInput;
  /** The connection is lost: the next request resumes. */
  interrupt(): void;
  message(message: ServerMessage): void;
  samples(frame: SamplesFrame): void;
  /** The credit to give back now that what came was consumed, or null if that can wait. */
  grant(): ClientMessageInput | null;
}

interface Place {
  readonly instance: string;
  segment: number;
  /** First sample that was not received. */
  next: number;
  /** `sample` of the last decision. */
  decided: number;
  /** The last markers received, so that a resumed stream does not give them again. */
  markers: string[];
}

const keptMarkers = 500;

export function createSubscription(
  options: SubscriptionOptions,
  emit: (event: LiveEvent) => void,
): Subscription {
  let info: StreamDescription | null = null;
  let place: Place | null = null;
  let resuming = false;
  let stream: number | null = null;
  let consumed = 0;
  let asked: readonly What[] = [];

  function request(what: readonly What[]): ClientMessageInput {
    const name = info?.name ?? options.stream;
    const from =
      resuming && place
        ? { instance: place.instance, segment: place.segment, sample: position(place) }
        : place
          ? undefined
          : options.from;
    asked = what;
    consumed = 0;
    return {
      kind: "subscribe",
      ...(name === undefined ? {} : { stream: name }),
      what: [...what],
      delivery: options.delivery,
      encoding: options.encoding,
      credit: options.credit,
      ...(from ? { from } : {}),
    };
  }

  /** From here on nothing was received of all that is asked for. */
  function position({ next, decided }: Place): number {
    const decides = asked.includes("decisions") && info?.model !== null;
    if (!asked.includes("samples")) return decides ? decided : next;
    return decides ? Math.min(next, decided) : next;
  }

  function subscribed({ stream: number, instance, resumed }: ServerMessageOf<"subscribed">): void {
    stream = number;
    if (resuming && place && !resumed) {
      const ranges = [{ start: position(place), nSamples: null }];
      emit({
        kind: "drop",
        drop: { what: "everything", reason: "restarted", segment: place.segment, messages: null, ranges },
      });
    }
    resuming = false;
    if (place?.instance !== instance) place = null;
  }

  function begin(description: StreamDescription): void {
    info = description;
    const { instance, segment } = description;
    if (place?.segment === segment && place.instance === instance) return;
    place = { instance, segment, next: 0, decided: 0, markers: [] };
    emit(liveInfo(description));
  }

  function advance(item: Samples | Gap): void {
    if (place) place.next = Math.max(place.next, item.start + item.nSamples);
    emit(item);
  }

  function decided(message: ServerMessageOf<"decision">): void {
    const { decision, segment, model, ageMs, stages } = message;
    if (!place || decision.sample <= place.decided) return;
    place.decided = decision.sample;
    const { timing, ...rest } = decision;
    emit({
      kind: "decision",
      decision: { ...rest, ...(timing ? { timing } : {}), segment, model, ageMs, stages },
    });
  }

  function marked({ segment, onset, duration, text, channel }: ServerMessageOf<"marker">): void {
    const key = `${onset} ${duration} ${channel ?? ""} ${text}`;
    if (!place || place.markers.includes(key)) return;
    place.markers.push(key);
    if (place.markers.length > keptMarkers) place.markers.shift();
    emit({
      kind: "marker",
      marker: {
        kind: "marker",
        onset,
        duration,
        text,
        segment,
        ...(channel === undefined ? {} : { channel }),
      },
    });
  }

  function message(received: ServerMessage): void {
    if (received.kind === "subscribed") return subscribed(received);
    if (!("stream" in received) || received.stream !== stream) return;
    consumed++;
    switch (received.kind) {
      case "info":
        return begin(received.info);
      case "samples":
        return advance(parseSampleRows(received.data, received.start));
      case "gap":
        return advance({
          kind: "gap",
          start: received.start,
          nSamples: received.nSamples,
          reason: received.reason,
        });
      case "decision":
        return decided(received);
      case "marker":
        return marked(received);
      case "quality":
        return emit({ kind: "quality", quality: received });
      case "dropped": {
        const { what, reason, segment, messages, ranges } = received;
        return emit({ kind: "drop", drop: { what, reason, segment, messages, ranges } });
      }
      case "state":
        return emit({ kind: "state", state: received });
      default:
    }
  }

  return {
    get info() {
      return info;
    },
    get known() {
      return stream !== null;
    },
    request,
    message,
    interrupt() {
      resuming = place !== null;
    },
    samples(frame) {
      if (frame.stream !== stream) return;
      consumed++;
      advance(frame.samples);
    },
    grant() {
      if (stream === null || consumed < options.credit / 2) return null;
      const messages = consumed;
      consumed = 0;
      return { kind: "credit", stream, messages };
    },
  };
}
