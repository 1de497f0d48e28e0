import { readFile } from "node:fs/promises";
import { distinctUntilChanged, filter, firstValueFrom, map } from "rxjs";
import type { CaptureEvent } from "../capture/capture-event.ts";
import type { Decoder } from "../capture/manifest.ts";
import { connect, ProtocolError, type Live, type LiveEvent, type LinkState } from "../client/index.node.ts";
import { EegError } from "../eeg/errors.ts";
import type { StreamDescription } from "../protocol/stream-schema.ts";
import type { StreamSource } from "./stream-source.ts";

export interface LiveSourceOptions {
  /** @default the first that the server lists */
  readonly stream?: string;
  /** A file that holds the token. */
  readonly tokenFile?: string;
  /** Whether what the server still remembers of the present segment comes first. */
  readonly from: "start" | "now";
}

/**
 * Finds a stream on a server and subscribes to all of it.
 * @throws EegError SERVER_UNREACHABLE, STREAM_UNKNOWN, OPTION_INVALID, FILE_UNREADABLE; ProtocolError for a wrong token
 */
export async function openLiveSource(address: string, options: LiveSourceOptions): Promise<StreamSource> {
  const url = socketAddress(address);
  const token = options.tokenFile === undefined ? undefined : await readToken(options.tokenFile);
  const how = token === undefined ? {} : { token };
  const scout = connect(url, how);
  let found: { description: StreamDescription; server: string };
  try {
    const server = await firstAnswer(scout, url);
    found = { description: choose(await scout.streams(), options.stream, url), server };
  } finally {
    scout.close();
  }
  const { description, server } = found;
  const { name, instance, segment } = description;
  const live = connect(url, {
    ...how,
    stream: name,
    ...(options.from === "start" ? { from: { instance, segment, sample: 0 } } : {}),
  });
  const notes: CaptureEvent[] = [];
  let opened = 0;
  let trouble: string | null = null;
  const connection$ = live.state$.pipe(
    map(({ connection }) => connection),
    distinctUntilChanged(),
  );
  connection$.subscribe((connection) => {
    const { status } = connection;
    if (status === "waiting" && trouble === null)
      notes.push({ kind: "note", what: "connection", status, reason: why(connection) });
    if (status === "open" && ++opened > 1) notes.push({ kind: "note", what: "connection", status });
    if (status === "open") trouble = null;
    if (status === "waiting") trouble = `connection lost (${why(connection)}), trying again`;
  });
  return {
    name,
    origin: { address, server, stream: name, origin: description.origin },
    get trouble() {
      return trouble;
    },
    async *events() {
      const translate = createTranslation();
      for await (const event of live.events(["samples", "decisions", "markers"])) {
        yield* notes.splice(0);
        yield* translate(event);
      }
    },
    close: () => live.close(),
  };
}

/** `http://127.0.0.1:8765`, as `serve` prints it, `127.0.0.1:8765` and `ws://127.0.0.1:8765` are the same. */
function socketAddress(text: string): string {
  const full = /^\w+:\/\//.test(text) ? text.replace(/^http/, "ws") : `ws://${text}`;
  const url = URL.canParse(full) ? new URL(full) : null;
  if (!url || !["ws:", "wss:"].includes(url.protocol) || url.hostname === "")
    throw new EegError("OPTION_INVALID", `${text}: expected a server's address, such as ws://127.0.0.1:8765`);
  if (url.username !== "" || url.password !== "")
    throw new EegError("OPTION_INVALID", "a token or password is never part of an address; use --token-file");
  return url.href;
}

async function readToken(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new EegError("FILE_UNREADABLE", `${path}: cannot be read (${cause.code ?? cause.message})`, {
      cause,
    });
  });
  return text.trim();
}

/** Waits for the handshake. @returns what the server calls itself */
async function firstAnswer(live: Live, url: string): Promise<string> {
  const { connection } = await firstValueFrom(
    live.state$.pipe(filter(({ connection: { status } }) => status !== "connecting")),
  );
  if (connection.status === "open") return connection.server;
  if (connection.status === "closed")
    throw new EegError("SERVER_UNREACHABLE", `${url}: the server refuses: ${connection.reason}`);
  throw new EegError(
    "SERVER_UNREACHABLE",
    `${url}: nobody answers (${why(connection)}); check the address, and that brainwire serve runs there`,
  );
}

function why(connection: LinkState): string {
  if (!("reason" in connection)) return connection.status;
  return connection.reason || `closed with ${connection.code}`;
}

function choose(
  streams: readonly StreamDescription[],
  name: string | undefined,
  url: string,
): StreamDescription {
  const found = name === undefined ? streams[0] : streams.find((stream) => stream.name === name);
  if (found) return found;
  const names = streams.map((stream) => stream.name).join(", ");
  throw new EegError(
    "STREAM_UNKNOWN",
    name === undefined
      ? `${url}: serves no stream yet`
      : `${url}: serves no stream '${name}'${names ? `; it has ${names}` : ", nor any other"}`,
  );
}

/** The client's events in the words of a capture. One at a time, for it remembers the segment. */
function createTranslation(): (event: LiveEvent) => readonly CaptureEvent[] {
  let segment = -1;
  /** From the segment's start to here the server said that it no longer has it. */
  let told = 0;
  return (event) => {
    switch (event.kind) {
      case "info": {
        const { instance, origin, clock, segment: number } = event.description;
        segment = number;
        told = 0;
        const source = { instance, segment: number, origin, clock };
        return [{ kind: "segment", stream: event.stream, decoder: decoderOf(event.description), source }];
      }
      case "samples":
        return [event];
      case "gap": {
        // the client puts this one where nothing was received from the segment's start on, whether it was told or not
        const { start, nSamples } = event;
        const late = event.reason === "edge" && start === 0 && nSamples > told;
        return [
          ...(late
            ? [{ kind: "loss", what: "everything", reason: "late", ranges: [{ start, nSamples }] } as const]
            : []),
          event,
        ];
      }
      case "decision": {
        const { segment: _, model: __, ageMs, stages, ...decision } = event.decision;
        return [{ ...decision, received: { ageMs, stages } }];
      }
      case "marker": {
        const { segment: _, ...marker } = event.marker;
        return [marker];
      }
      case "drop": {
        const { what, reason, ranges } = event.drop;
        if (event.drop.segment !== segment) return [];
        for (const { start, nSamples } of what === "everything" ? ranges : [])
          if (start === 0) told = nSamples ?? 0;
        return [{ kind: "loss", what, reason, ranges }];
      }
      case "state": {
        const { status, reason } = event.state;
        return [{ kind: "note", what: "state", status, ...(reason === undefined ? {} : { reason }) }];
      }
      case "quality":
        return [];
    }
  };
}

function decoderOf({ model, sfreq }: StreamDescription): Decoder | null {
  if (!model) return null;
  const { name, version, hash, labels, hopSamples, pipeline } = model;
  return {
    name,
    version,
    weights: hash,
    labels,
    hopSeconds: Math.round((hopSamples * sfreq.den * 1e9) / sfreq.num) / 1e9,
    pipeline: pipeline ?? null,
  };
}

/** What a user is told of a server's refusal, as one of brainwire's own errors. */
export function plainly(error: unknown): unknown {
  return error instanceof ProtocolError
    ? new EegError("SERVER_UNREACHABLE", `the server refuses: ${error.message}`, { cause: error })
    : error;
}
