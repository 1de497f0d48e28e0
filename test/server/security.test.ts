import { createHash } from "node:crypto";
import { request } from "node:http";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { pino } from "pino";
import { createGuard, isLoopback } from "../../src/server/guard.ts";
import { startServer } from "../../src/server/server.ts";
import { parseTokens } from "../../src/server/tokens.ts";
import { headset, madeRecording, openHello, openRaw, ramp, startTestServer, stopServers } from "./harness.ts";

jest.setTimeout(30_000);
afterEach(stopServers);

const tokens = parseTokens(
  JSON.stringify({
    tokens: [
      { name: "reader", token: "reader-0123456789", roles: ["subscribe"] },
      {
        name: "writer",
        sha256: createHash("sha256").update("writer-0123456789").digest("hex"),
        roles: ["publish"],
      },
      { name: "old", token: "old-0123456789abc", roles: ["subscribe"], expires: "2020-01-01T00:00:00Z" },
    ],
  }),
  "tokens.json",
);

function get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request(url.replace(/^ws/, "http"), { headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on("error", reject)
      .end();
  });
}

describe("who may connect", () => {
  test.each([
    ["a foreign Origin", { headers: { origin: "https://evil.example" } }],
    ["the Origin of a page opened from a file", { headers: { origin: "null" } }],
    ["an Origin on another port", { headers: { origin: "http://127.0.0.1:1" } }],
    ["a Host that was made to point here", { headers: { host: "evil.example" } }],
  ])("%s is refused before the upgrade", async (_, options) => {
    const server = await startTestServer();
    await expect(openRaw(server.url, options)).rejects.toThrow("Unexpected server response: 403");
  });

  test("the server's own page, allowed ones, and programs without an Origin may", async () => {
    const server = await startTestServer({
      allowedOrigins: ["https://lab.example"],
      allowedHosts: ["lab.example"],
    });
    await openRaw(server.url);
    await openRaw(server.url, { headers: { origin: server.url.replace("ws", "http") } });
    await openRaw(server.url, { headers: { origin: "https://lab.example", host: "lab.example:443" } });
  });

  test("another version of the protocol is refused, and told what is spoken", async () => {
    const server = await startTestServer();
    await expect(openRaw(server.url, { subprotocols: ["brainwire.v2"] })).rejects.toThrow("400");
    await expect(openRaw(server.url, { subprotocols: [] })).rejects.toThrow("400");
  });

  test("a rebinding Host gets nothing over HTTP either", async () => {
    const server = await startTestServer();
    expect(await get(`${server.url}/metrics`, { host: "evil.example" })).toMatchObject({ status: 403 });
  });

  test("names, ports and addresses", () => {
    const guard = createGuard({ hosts: ["lab.example", "fd00::1"], origins: [] });
    const ask = (host: string, origin?: string) => guard({ headers: { host, origin } } as never);
    expect(ask("localhost:8765")).toBeNull();
    expect(ask("[::1]:8765", "http://[::1]:8765")).toBeNull();
    expect(ask("LAB.example:8765")).toBeNull();
    expect(ask("[fd00::1]:8765")).toBeNull();
    expect(ask("lab.example.evil.example")).not.toBeNull();
    expect(ask("localhost:8765", "http://localhost:8766")).not.toBeNull();
    expect([isLoopback("127.9.9.9"), isLoopback("0.0.0.0"), isLoopback("127.evil.example")]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("tokens", () => {
  test.each([
    ["missing", {}, "this server needs a token: send it in hello"],
    ["wrong", { token: "reader-9876543210" }, "the token is not known to this server"],
    ["expired", { token: "old-0123456789abc" }, "the token has expired"],
  ])("%s: refused before any data of a stream", async (_, hello, reason) => {
    const server = await startTestServer({ tokens });
    await server.addRecording(madeRecording([ramp(0, 100)]));
    const raw = await openRaw(server.url);
    raw.send({ kind: "hello", ...hello });
    raw.send({ kind: "subscribe" });
    expect(await raw.next()).toMatchObject({ kind: "error", code: "PROTOCOL_TOKEN", fatal: true });
    expect(await raw.closed).toEqual({ code: 4401, reason });
    await expect(raw.next()).rejects.toThrow("closed with 4401");
  });

  test("a missing role is refused", async () => {
    const server = await startTestServer({ tokens });
    const reader = await openHello(server.url, "reader-0123456789");
    reader.send({ kind: "publish", info: headset });
    expect(await reader.closed).toEqual({ code: 4403, reason: "the token does not carry the role publish" });
    const writer = await openHello(server.url, "writer-0123456789");
    writer.send({ kind: "list" });
    expect(await writer.closed).toMatchObject({ code: 4403 });
    const control = await openHello(server.url, "reader-0123456789");
    control.send({ kind: "control", stream: 1, action: { do: "pause" } });
    expect(await control.closed).toMatchObject({ code: 4403 });
  });

  test("a connection ends with its token", async () => {
    const expires = new Date(Date.now() + 1000).toISOString();
    const entry = { name: "short", token: "short-0123456789", roles: ["subscribe"], expires };
    const short = parseTokens(JSON.stringify({ tokens: [entry] }), "tokens.json");
    const server = await startTestServer({ tokens: short, limits: { heartbeatMs: 50 } });
    const raw = await openHello(server.url, "short-0123456789");
    expect(await raw.closed).toEqual({ code: 4401, reason: "the token has expired" });
  });

  test("faulty files are refused without telling what they hold", () => {
    expect(() => parseTokens("{", "t.json")).toThrow("t.json: not JSON");
    expect(() =>
      parseTokens('{"tokens":[{"name":"a","token":"short","roles":["publish"]}]}', "t.json"),
    ).toThrow("t.json, tokens.0.token");
    expect(() => parseTokens('{"tokens":[{"name":"a","roles":["publish"]}]}', "t.json")).toThrow(
      "t.json, tokens.0: expected either token or sha256",
    );
  });
});

test("every host but the loopback needs tokens, and says so if there is no TLS", async () => {
  await expect(startServer({ host: "0.0.0.0", port: 0 })).rejects.toThrow(
    "others could reach it, so it needs a file of tokens",
  );
  const lines: string[] = [];
  const logger = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const server = await startTestServer({ host: "0.0.0.0", tokens, logger });
  expect(lines.join("")).toContain("no TLS");
  const raw = await openHello(server.url.replace("0.0.0.0", "127.0.0.1"), "writer-0123456789");
  raw.send({ kind: "publish", info: headset });
  await raw.take("published");
  raw.socket.close();
  await raw.closed;
  await stopServers();
  const log = lines.join("");
  expect(log).toContain("connection opened");
  expect(log).not.toContain("writer-0123456789");
});

test("a port in use gives one clear line", async () => {
  const server = await startTestServer();
  const port = Number(new URL(server.url).port);
  await expect(startServer({ port })).rejects.toThrow(
    `port ${port} on 127.0.0.1 is in use; choose another, or stop what uses it`,
  );
});

test("healthz and metrics", async () => {
  const server = await startTestServer();
  await server.addRecording(
    madeRecording([ramp(0, 100), { kind: "gap", start: 100, nSamples: 50, reason: "lost" }]),
    {
      speed: "max",
    },
  );
  const raw = await openHello(server.url);
  raw.send({ kind: "subscribe" });
  for (;;) if ((await raw.take("state")).status === "ended") break;
  expect(await get(`${server.url}/healthz`)).toEqual({ status: 200, body: '{"status":"ok"}\n' });
  const { body } = await get(`${server.url}/metrics`);
  expect(body).toContain("brainwire_streams 1");
  expect(body).toContain("brainwire_subscribers 1");
  expect(body).toContain("brainwire_samples_total 100");
  expect(body).toContain('brainwire_gaps_total{reason="lost"} 1');
  expect(await get(`${server.url}/nothing`)).toMatchObject({ status: 404 });
  expect(await get(server.url)).toMatchObject({ status: 200 });
});

test("closing takes no more, sends what is on its way, and closes each with 1001", async () => {
  const server = await startTestServer();
  await server.addRecording(madeRecording([ramp(0, 100)]), { speed: "max" });
  const raw = await openHello(server.url);
  raw.send({ kind: "subscribe", what: ["samples"] });
  await raw.frame();
  await server.close();
  expect(await raw.closed).toEqual({ code: 1001, reason: "the server is shutting down" });
  await expect(openRaw(server.url)).rejects.toThrow("ECONNREFUSED");
});
