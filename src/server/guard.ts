import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

export interface GuardOptions {
  /** Names under which the server may be addressed, without port, beside those of the loopback. */
  readonly hosts: readonly string[];
  /** Origins of pages that may connect, such as `https://lab.example`, beside the server's own page. */
  readonly origins: readonly string[];
}

/** Why a request is refused, or null. */
export type Guard = (request: IncomingMessage) => string | null;

const loopback = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Refuses requests that a page from elsewhere made a browser send: by a foreign Origin, or by a name of its own that
 * was made to point here (DNS rebinding), which shows in Host. Programs other than browsers send no Origin.
 */
export function createGuard({ hosts, origins }: GuardOptions): Guard {
  const names = new Set([...loopback, ...hosts.map((host) => bracketed(host.toLowerCase()))]);
  const allowed = new Set(origins.map((origin) => origin.toLowerCase().replace(/\/$/, "")));
  return ({ headers: { host, origin } }) => {
    if (host === undefined) return "a request without Host";
    const name = host.toLowerCase().replace(/:\d+$/, "");
    if (!names.has(name)) return `a foreign Host: ${name.slice(0, 80)}`;
    if (origin === undefined) return null;
    const own = [`http://${host}`, `https://${host}`].map((each) => each.toLowerCase());
    if (own.includes(origin.toLowerCase()) || allowed.has(origin.toLowerCase())) return null;
    return `a foreign Origin: ${origin.slice(0, 80)}`;
  };
}

/** Whether only programs on this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
