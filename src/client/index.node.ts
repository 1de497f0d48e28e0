/**
 * brainwire's client, for Node: the same as in browsers, on the package `ws`.
 * @module
 */
import { WebSocket } from "ws";
import { connectWith } from "./connect.ts";
import type { ConnectOptions, Live } from "./live.ts";
import type { Socket } from "./socket.ts";

/** A frame may hold as much as a server lets through. */
const maxPayload = 64 * 2 ** 20;

/** Connects to a server, and again whenever the connection is lost. Returns at once: `state$` tells how it goes. */
export function connect(url: string, options: ConnectOptions = {}): Live {
  const open = (address: string, subprotocol: string): Socket =>
    new WebSocket(address, subprotocol, { perMessageDeflate: false, maxPayload }) as Socket;
  return connectWith(open, url, options);
}

export type * from "./index.ts";
export { ProtocolError } from "../protocol/protocol-error.ts";
