import { connect as connectTcp, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { formatSamplesFrame } from "../../src/protocol/samples-frame.ts";
import type { Server } from "../../src/server/server.ts";
import {
  headset,
  openHello,
  openRaw,
  ramp,
  sleep,
  startTestServer,
  stopServers,
  until,
  type Raw,
} from "./harness.ts";

jest.setTimeout(60_000);

const good = formatSamplesFrame({ stream: 1, segment: 0, timeNs: 1n, nChannels: 2, samples: ramp(0, 10) });

async function publishing(url: string, name: string): Promise<{ raw: Raw; stream: number }> {
  const raw = await openHello(url);
  raw.send({ kind: "publish", info: { ...headset, name, sourceId: name } });
  return { raw, stream: (await raw.take("published")).stream };
}

describe("a bystander goes on, whatever others send", () => {
  let server: Server;
  let witness: { raw: Raw; stream: number };
  let reader: Raw;
  let sent = 0;

  beforeAll(async () => {
    server = await startTestServer({ limits: { graceMs: 1, streams: 4000 } });
    witness = await publishing(server.url, "witness");
    reader = await openHello(server.url);
    reader.send({ kind: "subscribe", stream: "witness", what: ["samples"] });
    await reader.take("subscribed");
  });
  afterAll(stopServers);
  afterEach(async () => {
    const { stream } = witness;
    witness.raw.send(
      formatSamplesFrame({ stream, segment: 0, timeNs: null, nChannels: 2, samples: ramp(sent, 5) }),
    );
    expect((await reader.frame()).samples).toEqual(ramp(sent, 5));
    sent += 5;
  });

  async function expectClose(send: (raw: Raw) => void, code: number): Promise<string> {
    const raw = await openHello(server.url);
    send(raw);
    const { code: got, reason } = await raw.closed;
    expect(got).toBe(code);
    return reason;
  }

  test("random text, binary and JSON", async () => {
    expect(await expectClose((raw) => raw.send("hello"), 4400)).toBe("text frame: expected JSON");
    expect(await expectClose((raw) => raw.send(Uint8Array.of(1, 2, 3)), 4422)).toBe(
      "binary frame: expected a header of 40 bytes, got 3",
    );
    expect(await expectClose((raw) => raw.send('{"kind":"open sesame"}'), 4400)).toMatch(
      /^'open sesame'.kind: /,
    );
    expect(await expectClose((raw) => raw.send('{"kind":"hello"}'), 4412)).toBe("hello came twice");
    expect(await expectClose((raw) => raw.send(good), 4412)).toBe(
      "stream 1 is not published by this connection",
    );
    expect(await expectClose((raw) => raw.send(Uint8Array.of(9, ...good.subarray(1))), 4406)).toBe(
      "binary frame: expected version 1, got 9",
    );
  });

  test("a message before hello", async () => {
    const raw = await openRaw(server.url);
    raw.send({ kind: "subscribe" });
    expect(await raw.closed).toEqual({ code: 4412, reason: "the first message must be hello" });
    const frame = await openRaw(server.url);
    frame.send(good);
    expect(await frame.closed).toMatchObject({ code: 4412 });
  });

  test("JSON bombs and floods", async () => {
    await expectClose((raw) => raw.send("[".repeat(100_000)), 4400);
    await expectClose(
      (raw) => raw.send(`{"kind":"list","request":${"[".repeat(60_000)}${"]".repeat(60_000)}}`),
      4400,
    );
    expect(await expectClose((raw) => raw.send(" ".repeat(300_000)), 4413)).toContain("longer than 262144");
    await expectClose((raw) => raw.send(new Uint8Array(5 * 2 ** 20)), 1009);
    await expectClose((raw) => {
      for (let i = 0; i < 1030; i++) raw.socket.send("x", { fin: i === 1029 });
    }, 1008);
  });

  test("500 mutated frames over sockets: each is taken, or its connection closed with a code and a reason", async () => {
    const mutation = fc.record({
      edits: fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
      length: fc.option(fc.nat(good.length), { freq: 5 }),
    });
    let taken = 0;
    let refused = 0;
    let open: { raw: Raw; stream: number } | null = null;
    let names = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 100, maxLength: 100 }), async (mutations) => {
        for (const { edits, length } of mutations) {
          open ??= await publishing(server.url, `mutated ${names++}`);
          const { raw, stream } = open;
          const frame = good.slice(0, length ?? good.length);
          if (frame.length >= 8) new DataView(frame.buffer).setUint32(4, stream, true);
          for (const [at, value] of edits) if (at < frame.length) frame[at] = value;
          raw.send(frame);
          raw.send({ kind: "ping", t0: "7" });
          const outcome = await Promise.race([
            raw.take("pong").then(
              () => null,
              () => raw.closed,
            ),
            raw.closed,
          ]);
          if (outcome === null) {
            taken++;
            raw.send({ kind: "info", stream, info: { ...headset, name: "again" } });
            await raw.take("published");
            raw.socket.close();
            await raw.closed;
          } else {
            refused++;
            expect([4406, 4412, 4413, 4422]).toContain(outcome.code);
            expect(outcome.reason.length).toBeGreaterThan(10);
          }
          open = null;
        }
      }),
      { numRuns: 5, seed: 20 }, // the counts below are those of these frames
    );
    expect(taken + refused).toBe(500);
    expect(refused).toBeGreaterThan(150);
    expect(taken).toBeGreaterThan(50);
  });
});

describe("connections that say nothing", () => {
  afterEach(stopServers);

  test("no hello in time", async () => {
    const server = await startTestServer({ limits: { handshakeMs: 50 } });
    const raw = await openRaw(server.url);
    expect(await raw.closed).toEqual({ code: 4408, reason: "no hello within 50 ms" });
  });

  test("idle without a subscription or publication", async () => {
    const server = await startTestServer({ limits: { idleMs: 60, heartbeatMs: 20 } });
    const idle = await openHello(server.url);
    const busy = await openHello(server.url);
    busy.send({ kind: "publish", info: headset });
    expect(await idle.closed).toMatchObject({ code: 4408 });
    await sleep(100);
    expect(busy.socket.readyState).toBe(busy.socket.OPEN);
  });

  test("a half-open one is found and cut off; those that answer stay", async () => {
    const server = await startTestServer({ limits: { heartbeatMs: 40 } });
    const alive = await openHello(server.url);
    const { port } = new URL(server.url);
    const dead = await new Promise<Socket>((resolve) => {
      const socket = connectTcp(Number(port), "127.0.0.1", () => resolve(socket));
    });
    let cut = false;
    dead
      .on("close", () => (cut = true))
      .on("error", () => undefined)
      .resume();
    dead.write(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Protocol: brainwire.v1\r\n\r\n`,
    );
    const masked = Buffer.from('{"kind":"hello"}');
    dead.write(Buffer.concat([Buffer.from([0x81, 0x80 | masked.length, 0, 0, 0, 0]), masked]));
    await until(() => cut);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
  });

  test("a client that never finishes its request", async () => {
    const server = await startTestServer({ limits: { handshakeMs: 50 } });
    const { port } = new URL(server.url);
    const socket = connectTcp(Number(port), "127.0.0.1");
    let cut = false;
    socket
      .on("close", () => (cut = true))
      .on("error", () => undefined)
      .resume();
    socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    await sleep(20);
    expect(cut).toBe(false);
    socket.destroy();
  });
});

describe("limits", () => {
  afterEach(stopServers);

  test("messages a second", async () => {
    const server = await startTestServer({ limits: { messagesPerSecond: 100 } });
    const raw = await openHello(server.url);
    for (let i = 0; i < 500; i++) raw.send('{"kind":"ping","t0":"1"}');
    expect(await raw.closed).toEqual({ code: 4413, reason: "more than 100 messages a second" });
  });

  test("connections in all, from one address, subscriptions, streams", async () => {
    const server = await startTestServer({
      limits: { connectionsPerAddress: 2, streams: 1, subscriptions: 1 },
    });
    const { raw } = await publishing(server.url, "one");
    raw.send({ kind: "publish", info: { ...headset, name: "two" } });
    expect(await raw.closed).toEqual({
      code: 4413,
      reason: "the server has 1 streams, and no more are allowed",
    });
    await openHello(server.url);
    const last = await openHello(server.url);
    await expect(openRaw(server.url)).rejects.toThrow("429");
    last.send({ kind: "subscribe", stream: "nothing", request: 5 });
    expect(await last.take("error")).toMatchObject({ request: 5, code: "PROTOCOL_STREAM", fatal: false });
  });
});
