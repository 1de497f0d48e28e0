import { afterEach, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { pino } from "pino";
import * as ws from "ws";
import type { Decision } from "../../src/eeg/decision.ts";
import type { ClientMessageOf } from "../../src/protocol/client-message.ts";
import { clientMessage } from "../../src/protocol/client-message.ts";
import type { ProtocolError } from "../../src/protocol/protocol-error.ts";
import { parseServerMessage } from "../../src/protocol/parse-message.ts";
import { parseSamplesFrame } from "../../src/protocol/samples-frame.ts";
import type { ServerMessage } from "../../src/protocol/server-message.ts";
import { decisionEntry, gapEntry, markerEntry, messageEntry, samplesEntry } from "../../src/server/entry.ts";
import { binaryFrame, payloadOf, textFrame, type Frame } from "../../src/server/frame.ts";
import type { Outlet } from "../../src/server/outlet.ts";
import { createStreamLog } from "../../src/server/stream-log.ts";
import { createSubscription, type Subscribable } from "../../src/server/subscription.ts";
import { headset, openHello, ramp, startTestServer, stopServers } from "./harness.ts";
import { formatSamplesFrame } from "../../src/protocol/samples-frame.ts";

jest.setTimeout(30_000);
afterEach(stopServers);

/** How the package ws writes frames; its types do not tell of it. */
const { Sender } = ws as unknown as {
  Sender: { frame(data: Buffer, options: Record<string, unknown>): Buffer[] };
};

/** An outlet that takes what comes while it is open, as `kind start+nSamples` lines. */
function madeOutlet(): Outlet & {
  full: boolean;
  lines: string[];
  failed: ProtocolError | null;
  drain(): void;
} {
  let drained: (() => void)[] = [];
  const outlet = {
    full: false,
    lines: [] as string[],
    failed: null as ProtocolError | null,
    send(frame: Frame) {
      const isText = frame[0] === 0x81;
      const payload = payloadOf(frame);
      outlet.lines.push(isText ? textLine(parseServerMessage(payload.toString())) : frameLine(payload));
    },
    whenDrained: (callback: () => void) => void drained.push(callback),
    fail: (error: ProtocolError) => void (outlet.failed = error),
    drain() {
      outlet.full = false;
      const callbacks = drained;
      drained = [];
      for (const callback of callbacks) callback();
    },
  };
  return outlet;
}

function frameLine(data: Uint8Array): string {
  const { segment, samples } = parseSamplesFrame(data);
  expect(samples.data[0]).toBe(samples.start);
  return `samples ${segment}:${samples.start}+${samples.nSamples}`;
}

function textLine(message: ServerMessage): string {
  if (message.kind === "decision") return `decision ${message.segment}:${message.decision.sample}`;
  if (message.kind === "gap") return `gap ${message.segment}:${message.start}+${message.nSamples}`;
  if (message.kind === "dropped") {
    const ranges = message.ranges.map(({ start, nSamples }) => `${start}+${nSamples}`).join(",");
    return `dropped ${message.what} ${message.reason} ${message.segment}:${ranges} (${message.messages})`;
  }
  return message.kind;
}

const decisionAt = (sample: number): Decision => ({
  kind: "decision",
  sample,
  time: sample / 100,
  label: "a",
  probability: 1,
  probabilities: { a: 1 },
  abstained: false,
  reasons: [],
});

/** A stream whose entries are appended by hand. */
function madeStream(memoryBytes = 1e6) {
  const log = createStreamLog({ memoryBytes, memoryMs: 1e6 });
  const lengths = new Map<number, number>();
  const info = textFrame({ kind: "done" });
  const stream = {
    number: 1,
    name: "made",
    instance: "here",
    segment: 0,
    next: 0,
    log,
    info: () => info,
    state: () => info,
    lengthOf: (segment: number) =>
      segment === stream.segment ? stream.next : (lengths.get(segment) ?? null),
    moved: () => undefined,
    dropped: () => undefined,
    subscriptions: new Set<{ pump(): void }>(),
    append(entry: Parameters<typeof log.append>[0]) {
      log.append(entry);
      for (const subscription of stream.subscriptions) subscription.pump();
    },
    samples(n = 10) {
      const item = ramp(stream.next, n);
      stream.next += n;
      stream.append(samplesEntry({ stream: 1, segment: stream.segment }, item, 0n));
    },
    gap(n: number) {
      stream.append(
        gapEntry(
          { stream: 1, segment: stream.segment },
          { kind: "gap", start: stream.next, nSamples: n, reason: "lost" },
        ),
      );
      stream.next += n;
    },
    decision() {
      const age = { model: "", arrivedMs: 0, begunMs: 0, decidedMs: 0 };
      stream.append(decisionEntry({ stream: 1, segment: stream.segment }, decisionAt(stream.next), age));
    },
    marker() {
      stream.append(
        markerEntry(
          { stream: 1, segment: stream.segment },
          { kind: "marker", onset: stream.next, duration: 0, text: "m" },
        ),
      );
    },
    newSegment() {
      lengths.set(stream.segment, stream.next);
      stream.segment++;
      stream.next = 0;
      stream.append(
        messageEntry({
          kind: "state",
          stream: 1,
          segment: stream.segment,
          status: "live",
          playback: null,
          clock: null,
        }),
      );
    },
  };
  return stream;
}

type Options = Partial<ClientMessageOf<"subscribe">>;

function subscribe(stream: ReturnType<typeof madeStream>, options: Options = {}) {
  const outlet = madeOutlet();
  const request = clientMessage.parse({
    kind: "subscribe",
    what: ["samples", "decisions", "markers"],
    ...options,
  });
  const subscription = createSubscription(
    stream as Subscribable,
    outlet,
    request as ClientMessageOf<"subscribe">,
  );
  stream.subscriptions.add(subscription);
  const taken = (): string[] =>
    outlet.lines.splice(0).filter((line) => line !== "done" && line !== "subscribed");
  return { outlet, subscription, taken };
}

function run(stream: ReturnType<typeof madeStream>, n: number): void {
  for (let i = 0; i < n; i++) {
    stream.samples();
    stream.decision();
  }
}

describe("a reader that is slow", () => {
  test("lossless: gets everything later", () => {
    const stream = madeStream();
    const { outlet, taken } = subscribe(stream);
    run(stream, 1);
    outlet.full = true;
    run(stream, 2);
    expect(taken()).toEqual(["samples 0:0+10", "decision 0:10"]);
    outlet.drain();
    expect(taken()).toEqual(["samples 0:10+10", "decision 0:20", "samples 0:20+10", "decision 0:30"]);
  });

  test("lossless: is closed with a reason once it is further behind than the stream remembers", () => {
    const stream = madeStream(4000);
    const { outlet, subscription } = subscribe(stream);
    outlet.full = true;
    run(stream, 50);
    expect(outlet.failed).toMatchObject({ code: "PROTOCOL_SLOW", closeCode: 4429 });
    subscription.close();
  });

  test("latest: gets the newest, and is told what it did not get", () => {
    const stream = madeStream();
    const { outlet, taken } = subscribe(stream, { delivery: "latest" });
    run(stream, 1);
    taken();
    outlet.full = true;
    run(stream, 3);
    stream.marker();
    stream.gap(5);
    run(stream, 1);
    outlet.drain();
    expect(taken()).toEqual([
      "dropped samples slow 0:10+30 (3)",
      "dropped decisions slow 0:20+21 (3)",
      "marker",
      "gap 0:40+5",
      "samples 0:45+10",
      "decision 0:55",
    ]);
    run(stream, 1);
    expect(taken()).toEqual(["samples 0:55+10", "decision 0:65"]);
  });

  test("latest: is told of what the stream forgot meanwhile", () => {
    const stream = madeStream(4000);
    const { outlet, taken } = subscribe(stream, { delivery: "latest", what: ["samples"] });
    run(stream, 1);
    taken();
    outlet.full = true;
    run(stream, 50);
    expect(outlet.failed).toBeNull();
    outlet.drain();
    const lines = taken();
    expect(lines[0]).toMatch(/^dropped everything expired 0:10\+\d+ \(null\)$/);
    expect(lines.at(-1)).toBe("samples 0:500+10");
    expect(covered(["samples 0:0+10", ...lines])).toBe(510);
  });

  test("decimate: gets every k-th of what it missed, and is told of the others", () => {
    const stream = madeStream();
    const { outlet, taken } = subscribe(stream, { delivery: "decimate", what: ["samples"] });
    outlet.full = true;
    stream.samples();
    run(stream, 63);
    outlet.drain();
    const lines = taken();
    expect(lines.filter((line) => line.startsWith("samples"))).toHaveLength(16);
    expect(lines.slice(0, 4)).toEqual([
      "dropped samples slow 0:0+30 (3)",
      "samples 0:30+10",
      "dropped samples slow 0:40+30 (3)",
      "samples 0:70+10",
    ]);
    expect(covered(lines)).toBe(640);
  });

  test("credit: gets so many messages, and more with more", () => {
    const stream = madeStream();
    const { subscription, taken } = subscribe(stream, { what: ["samples"], credit: 4 });
    run(stream, 4);
    expect(taken()).toEqual(["samples 0:0+10", "samples 0:10+10"]); // info and state count too
    subscription.grant(1);
    expect(taken()).toEqual(["samples 0:20+10"]);
    subscription.grant(9);
    expect(taken()).toEqual(["samples 0:30+10"]);
  });

  test("whatever happens, what is sent, told as a gap and told as dropped covers the grid in order", () => {
    const step = fc.constantFrom(
      "samples",
      "gap",
      "decision",
      "marker",
      "full",
      "drain",
      "credit",
      "segment",
    );
    const delivery = fc.constantFrom("latest" as const, "decimate" as const);
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 120 }),
        delivery,
        fc.integer({ min: 3, max: 8 }),
        (steps, how, credit) => {
          const stream = madeStream(3000);
          const { outlet, subscription, taken } = subscribe(stream, { delivery: how, credit });
          const totals = new Map<number, number>();
          for (const what of steps) {
            if (what === "samples") stream.samples();
            else if (what === "gap") stream.gap(7);
            else if (what === "decision") stream.decision();
            else if (what === "marker") stream.marker();
            else if (what === "full") outlet.full = true;
            else if (what === "drain") outlet.drain();
            else if (what === "credit") subscription.grant(3);
            else stream.newSegment();
            totals.set(stream.segment, stream.next);
          }
          outlet.drain();
          subscription.grant(1000);
          const lines = taken();
          for (const [segment, total] of totals)
            expect([segment, covered(lines, segment)]).toEqual([segment, total]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** How far samples, gaps and drops of samples cover a segment's grid; fails where they overlap or leave a hole. */
function covered(lines: readonly string[], segment = 0): number {
  let next = 0;
  for (const line of lines) {
    const match = /^(?:samples|gap|dropped (?:samples|everything) \w+) (\d+):([\d+,]*)/.exec(line);
    if (!match || Number(match[1]) !== segment) continue;
    for (const range of match[2]!.split(",")) {
      const [start, n] = range.split("+").map(Number);
      expect(start).toBe(next);
      next += n!;
    }
  }
  return next;
}

describe("going on where another connection ended", () => {
  test("with the sample asked for, cut out of its frame", () => {
    const stream = madeStream();
    run(stream, 3);
    const { taken } = subscribe(stream, { from: { instance: "here", segment: 0, sample: 14 } });
    expect(taken()).toEqual(["samples 0:14+6", "decision 0:20", "samples 0:20+10", "decision 0:30"]);
  });

  test("without the decisions that are known", () => {
    const stream = madeStream();
    stream.samples();
    stream.samples();
    stream.decision();
    const { taken } = subscribe(stream, { from: { segment: 0, sample: 20 } });
    stream.decision();
    run(stream, 1);
    expect(taken()).toEqual(["samples 0:20+10", "decision 0:30"]);
  });

  test("with a marker that was told after the last sample that is known", () => {
    const stream = madeStream();
    run(stream, 1);
    stream.marker();
    const { taken } = subscribe(stream, { from: { segment: 0, sample: 10 } });
    expect(taken()).toEqual(["marker"]);
  });

  test("what is no longer remembered is told", () => {
    const stream = madeStream(4000);
    run(stream, 50);
    stream.newSegment();
    run(stream, 1);
    const { taken } = subscribe(stream, { from: { segment: 0, sample: 14 }, what: ["samples"] });
    const lines = taken();
    expect(lines[0]).toMatch(/^dropped everything expired 0:14\+\d+ \(null\)$/);
    expect(covered(["samples 0:0+14", ...lines])).toBe(500);
    expect(lines.at(-1)).toBe("samples 1:0+10");
  });

  test("of a stream that was made anew: from now", () => {
    const stream = madeStream();
    run(stream, 3);
    const { taken } = subscribe(stream, { from: { instance: "gone", segment: 0, sample: 14 } });
    expect(taken()).toEqual([]);
    run(stream, 1);
    expect(taken()).toEqual(["samples 0:30+10", "decision 0:40"]);
  });
});

test("one that does not read changes nothing for others, on real sockets", async () => {
  const lines: string[] = [];
  const logger = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const server = await startTestServer({ limits: { memoryBytes: 2 ** 20, sendBytes: 2 ** 16 }, logger });
  const wide = Array.from({ length: 64 }, (_, c) => ({ ...headset.channels[0]!, label: `c${c}` }));
  const source = await openHello(server.url);
  source.send({ kind: "publish", info: { ...headset, channels: wide } });
  await source.take("published");
  const [stalled, latest, reader] = [
    await openHello(server.url),
    await openHello(server.url),
    await openHello(server.url),
  ];
  stalled.send({ kind: "subscribe", what: ["samples"] });
  latest.send({ kind: "subscribe", what: ["samples"], delivery: "latest" });
  reader.send({ kind: "subscribe", what: ["samples"] });
  for (const raw of [stalled, latest, reader]) await raw.take("state");
  stalled.socket.pause();
  latest.socket.pause();
  const frames = 800; // 20 MB: more than all buffers on the way hold
  for (let i = 0; i < frames; i++) {
    source.send(
      formatSamplesFrame({
        stream: 1,
        segment: 0,
        timeNs: null,
        nChannels: 64,
        samples: ramp(i * 100, 100, 64),
      }),
    );
    expect((await reader.frame()).samples.start).toBe(i * 100);
  }
  stalled.socket.resume();
  expect([4429, 1006]).toContain((await stalled.closed).code); // 1006 if it slept through its close frame
  expect(lines.join("")).toContain('"code":"PROTOCOL_SLOW"');
  latest.socket.resume();
  let next = 0;
  while (next < frames * 100) {
    const message = await latest.next();
    if (message.kind === "frame") {
      expect(message.samples.start).toBe(next);
      next += message.samples.nSamples;
    } else if (message.kind === "dropped") {
      for (const { start, nSamples } of message.ranges) {
        expect(start).toBe(next);
        next += nSamples;
      }
    }
  }
});

test.each([0, 1, 125, 126, 65_535, 65_536, 100_000])(
  "a frame of %i bytes is written as the package ws writes it",
  (length) => {
    const payload = new Uint8Array(length).fill(7);
    const parts = Sender.frame(Buffer.from(payload), {
      fin: true,
      rsv1: false,
      opcode: 2,
      mask: false,
      readOnly: true,
    });
    expect(payloadOf(binaryFrame(payload)).equals(payload)).toBe(true);
    expect(binaryFrame(payload).equals(Buffer.concat(parts))).toBe(true);
  },
);

test("a text frame counts bytes, not characters", () => {
  const frame = textFrame({ kind: "done", request: 1, note: "µ".repeat(100) } as never);
  const payload = payloadOf(frame);
  expect(frame[1]).toBe(126);
  expect(frame.readUInt16BE(2)).toBe(payload.length);
  expect(JSON.parse(payload.toString())).toMatchObject({ note: "µ".repeat(100) });
});
