/**
 * brainwire's client, for browsers: subscribe to decoded EEG, or push EEG, over a WebSocket.
 * @example
 * import { connect } from "brainwire/client";
 * const live = connect("ws://127.0.0.1:8765");
 * live.decisions$.subscribe((d) => console.log(d.time, d.label, d.probability));
 * @module
 */
import { connectWith } from "./connect.ts";
import type { ConnectOptions, Live } from "./live.ts";
import type { Socket } from "./socket.ts";

declare const WebSocket: new (url: string, subprotocol: string) => Socket;

/** Connects to a server, and again whenever the connection is lost. Returns at once: `state$` tells how it goes. */
export function connect(url: string, options: ConnectOptions = {}): Live {
  return connectWith((address, subprotocol) => new WebSocket(address, subprotocol), url, options);
}

export type {
  ConnectOptions,
  Drop,
  Live,
  LiveDecision,
  LiveEvent,
  LiveMarker,
  LiveState,
  LiveStats,
  Quality,
  StreamState,
} from "./live.ts";
export type { LinkState } from "./link.ts";
export type { Publication, PushOptions } from "./publication.ts";
export type { ControlAction, Delivery, Encoding, What } from "../protocol/client-message.ts";
export type { PublishedInfo, StreamDescription } from "../protocol/stream-schema.ts";
export { ProtocolError } from "../protocol/protocol-error.ts";
