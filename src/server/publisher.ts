import { EegError } from "../eeg/errors.ts";
import type { ClientMessage, ClientMessageOf } from "../protocol/client-message.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { parseSampleRows } from "../protocol/sample-rows.ts";
import type { SamplesFrame } from "../protocol/samples-frame.ts";
import type { ServerMessage } from "../protocol/server-message.ts";
import { declined, requestOf, type Asked } from "./answers.ts";
import type { Limits } from "./limits.ts";
import type { Publication } from "./publication.ts";
import type { StreamList } from "./stream-list.ts";

type PublisherMessage = Extract<
  ClientMessage,
  { kind: "publish" | "info" | "samples" | "gap" | "marker" | "end" }
>;

/** The publishing half of a connection. What it throws ends the connection. */
export interface Publisher {
  /** Whether it publishes anything, or is about to. */
  readonly active: boolean;
  message(message: PublisherMessage): void | Promise<void>;
  frame(frame: SamplesFrame): void | Promise<void>;
  /** The connection is gone: its streams wait for another. */
  release(): void;
}

export interface PublisherOptions {
  readonly streams: StreamList;
  readonly limits: Limits;
  readonly say: (message: ServerMessage) => void;
}

export function createPublisher({ streams, limits, say }: PublisherOptions): Publisher {
  const publications = new Map<number, Publication>();
  let announcing = 0;
  let released = false;

  function publication(stream: number): Publication {
    const found = publications.get(stream);
    if (!found)
      throw new ProtocolError("PROTOCOL_ORDER", `stream ${stream} is not published by this connection`);
    return found;
  }

  async function announce(message: ClientMessageOf<"publish">): Promise<void> {
    if (publications.size + announcing >= limits.publications)
      throw new ProtocolError("PROTOCOL_LIMIT", `more than ${limits.publications} published streams`);
    announcing++;
    try {
      taken(await streams.publish(message.info), message);
    } catch (error) {
      decline(error, message);
    } finally {
      announcing--;
    }
  }

  async function restart(of: Publication, message: ClientMessageOf<"info">): Promise<void> {
    try {
      taken(await streams.restart(of, message.info), {});
    } catch (error) {
      decline(error, {});
    }
  }

  function taken(made: Publication, asked: Asked): void {
    if (released) return streams.interrupt(made);
    const { number, segment, instance, next } = made.stream;
    publications.set(number, made);
    say({ kind: "published", stream: number, segment, instance, next, ...requestOf(asked) });
  }

  /** A stream that cannot be taken is declined; everything else is the connection's end. */
  function decline(error: unknown, asked: Asked): void {
    const mild =
      error instanceof ProtocolError ? error.code === "PROTOCOL_CONFLICT" : error instanceof EegError;
    if (!mild) throw error;
    say(declined(error as EegError, asked));
  }

  return {
    get active() {
      return publications.size + announcing > 0;
    },
    message(message) {
      if (message.kind === "publish") return announce(message);
      const of = publication(message.stream);
      switch (message.kind) {
        case "info":
          return restart(of, message);
        case "samples": {
          const timeNs = message.timeNs == null ? null : BigInt(message.timeNs);
          return of.samples(message.segment, parseSampleRows(message.data, message.start), timeNs);
        }
        case "gap": {
          const { kind, segment, start, nSamples, reason } = message;
          return of.gap(segment, { kind, start, nSamples, reason });
        }
        case "marker": {
          const { kind, segment, onset, duration, text, channel } = message;
          return of.marker(segment, {
            kind,
            onset,
            duration,
            text,
            ...(channel === undefined ? {} : { channel }),
          });
        }
        case "end":
          publications.delete(message.stream);
          return streams.end(of);
      }
    },
    frame: ({ stream, segment, samples, timeNs }) => publication(stream).samples(segment, samples, timeNs),
    release() {
      released = true;
      for (const each of publications.values()) streams.interrupt(each);
      publications.clear();
    },
  };
}
