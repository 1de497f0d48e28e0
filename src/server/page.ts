import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

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

/**
 * The page as built, held in memory: a request names one of its files exactly or gets nothing, so that no path leads
 * anywhere else.
 * @returns null where the page was not built
 */
export async function loadPage(
  folder = fileURLToPath(new URL("../dashboard/", import.meta.url)),
): Promise<Page | null> {
  const assets = new Map<string, Asset>();
  for (const name of await readdir(folder, { recursive: true }).catch(() => [])) {
    const path = join(folder, name);
    if (!(await stat(path)).isFile()) continue;
    const body = await readFile(path);
    const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
    const type = types[extname(name)] ?? "application/octet-stream";
    assets.set(`/${name.replaceAll(sep, "/")}`, { body, type, tag });
  }
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
