import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { isWindowManifest, parseManifest } from "../model/manifest.ts";

/** Answers a request for a file of the page; false where there is none of that name. */
export type Page = (...args: Parameters<RequestListener>) => boolean;

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly tag: string;
}

/** Where a package has its page and its models. */
const built = new URL("../dashboard/", import.meta.url);
const shipped = new URL("../../models/", import.meta.url);

/**
 * The page as built, and the models that run inside it, held in memory: a request names one of their files exactly or
 * gets nothing, so that no path leads anywhere else.
 * @returns null where the page was not built
 */
export async function loadPage(
  folder = fileURLToPath(built),
  models = fileURLToPath(shipped),
): Promise<Page | null> {
  const assets = new Map<string, Asset>();
  const add = (path: string, body: Buffer): void => {
    const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
    assets.set(path, { body, tag, type: types[extname(path)] ?? "application/octet-stream" });
  };
  for (const name of await readdir(folder, { recursive: true }).catch(() => []))
    if ((await stat(join(folder, name))).isFile())
      add(`/${name.replaceAll(sep, "/")}`, await readFile(join(folder, name)));
  const names: string[] = [];
  for (const name of (await readdir(models).catch((): string[] => [])).sort())
    for (const [file, body] of await modelFiles(join(models, name))) {
      if (file === "model.json") names.push(name);
      add(`/models/${name}/${file}`, body);
    }
  add("/models/index.json", Buffer.from(JSON.stringify({ models: names })));
  const start = assets.get("/index.html");
  if (!start) return null;
  assets.set("/", start);

  return (request, response) => {
    const asset = assets.get((request.url ?? "/").split("?")[0]!);
    if (!asset) return false;
    const headers = {
      ...protection(request.headers.host ?? ""),
      etag: asset.tag,
      "cache-control": "no-cache", // kept, but asked for anew: a newer brainwire on this port has another page
    };
    const known = (request.headers["if-none-match"] ?? "")
      .split(",")
      .map((tag) => tag.trim().replace(/^W\//, ""));
    if (known.includes(asset.tag)) response.writeHead(304, headers).end();
    else
      response
        .writeHead(200, { ...headers, "content-type": asset.type, "content-length": asset.body.length })
        .end(asset.body);
    return true;
  };
}

/** The files of a model that a page can run: an encoder, not a graph for ONNX Runtime. None for any other folder. */
async function modelFiles(folder: string): Promise<readonly (readonly [name: string, body: Buffer])[]> {
  const manifest = await readFile(join(folder, "model.json")).catch(() => null);
  if (!manifest) return [];
  const parsed = parseManifest(manifest.toString("utf8"), join(folder, "model.json"));
  if (isWindowManifest(parsed)) return [];
  const { file } = parsed.weights;
  return [
    ["model.json", manifest],
    [file, await readFile(join(folder, file))],
  ];
}

/** The page runs its own files, speaks to its own server, and nothing else: no inline code, no other host, no frame. */
function protection(host: string): Readonly<Record<string, string>> {
  const own = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : ""; // not every browser counts them as 'self'
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "worker-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      `connect-src 'self'${own}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "cross-origin-opener-policy": "same-origin", // with the next, clocks are fine enough to time decisions
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}
