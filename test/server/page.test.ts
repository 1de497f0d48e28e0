import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { loadPage } from "../../src/server/page.ts";
import { startTestServer, stopServers } from "./harness.ts";

const shipped = fileURLToPath(new URL("../../models/", import.meta.url));
let parent: string;
let folder: string;

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), "brainwire-page-"));
  folder = join(parent, "dashboard");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(parent, "secret.txt"), "not for the page");
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "main.js"), "export {};");
  mkdirSync(join(parent, "models", "unfinished"), { recursive: true });
  cpSync(join(shipped, "eyes"), join(parent, "models", "eyes"), { recursive: true });
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));
afterEach(stopServers);

async function startPage(): Promise<string> {
  const page = await loadPage(folder, join(parent, "models"));
  const { url } = await startTestServer(page ? { page } : {});
  return url.replace(/^ws/, "http");
}

/** A request whose path goes out as it is written: `fetch` would tidy it up. */
function raw(url: string, path: string): Promise<string> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
    socket.on("end", () => resolve(answer)).on("error", reject);
  });
}

test("the page and what it needs are served with their types", async () => {
  const url = await startPage();
  const of = async (path: string): Promise<[number, string | null, string]> => {
    const response = await fetch(url + path);
    return [response.status, response.headers.get("content-type"), await response.text()];
  };
  const html = [200, "text/html; charset=utf-8", "<!doctype html><title>page</title>"];
  expect(await of("/")).toEqual(html);
  expect(await of("/index.html?stream=2")).toEqual(html);
  expect(await of("/main.js")).toEqual([200, "text/javascript; charset=utf-8", "export {};"]);
  expect(await of("/models/index.json")).toEqual([200, "application/json", '{"models":["eyes"]}']);
  const manifest = readFileSync(join(shipped, "eyes/model.json"), "utf8");
  expect(await of("/models/eyes/model.json")).toEqual([200, "application/json", manifest]);
  expect(await of("/models/eyes/train.json")).toEqual([404, "text/plain", "not found\n"]);
  expect((await of("/models/eyes/weights.safetensors"))[1]).toBe("application/octet-stream");
  expect(await of("/other.js")).toEqual([404, "text/plain", "not found\n"]);
  expect((await fetch(url, { method: "HEAD" })).headers.get("content-length")).toBe("34");
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
});

test("the page may run its own files and speak to its own server only", async () => {
  const url = await startPage();
  const { headers } = await fetch(url);
  const { host } = new URL(url);
  expect(headers.get("content-security-policy")).toBe(
    `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws://${host} wss://${host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
});

test("a browser that has a file gets it once", async () => {
  const url = await startPage();
  const first = await fetch(`${url}/main.js`);
  const tag = first.headers.get("etag")!;
  expect(first.headers.get("cache-control")).toBe("no-cache");
  const again = (value: string): Promise<Response> =>
    fetch(`${url}/main.js`, { headers: { "if-none-match": value } });
  expect((await again(tag)).status).toBe(304);
  expect((await again(`"other", W/${tag}`)).status).toBe(304);
  expect((await again('"other"')).status).toBe(200);
});

test.each([
  "/../secret.txt",
  "/models/../../secret.txt",
  "/%2e%2e/secret.txt",
  "/..%2fsecret.txt",
  "/..\\secret.txt",
  "//secret.txt",
  "/models",
  "/models/",
  "/index.html/",
  "/index.html%00.js",
])("no path leads out of the page's folder: %s", async (path) => {
  const answer = await raw(await startPage(), path);
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).not.toContain("not for the page");
});

test("where the page was not built, the server says what it speaks", async () => {
  expect(await loadPage(join(parent, "absent"))).toBeNull();
  const { url } = await startTestServer();
  expect(await (await fetch(url.replace(/^ws/, "http"))).text()).toMatch(/brainwire\.v1/);
});
