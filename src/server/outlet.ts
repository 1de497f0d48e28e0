import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import type { Frame } from "./frame.ts";

/** The sending half of a connection, as subscriptions see it. */
export interface Outlet {
  /** Whether so much is on its way that nothing should be added. */
  readonly full: boolean;
  send(frame: Frame): void;
  /** Calls back once when the socket has taken what it had when it was full. */
  whenDrained(callback: () => void): void;
  /** Ends the connection for a fault of the other side. */
  fail(error: ProtocolError): void;
}

export interface OutletOptions {
  /**
   * What the WebSocket writes to. Frames are written to it as they are: without compression nothing of the
   * WebSocket's own waits in between, and its control frames are written in one piece as well.
   */
  readonly wire: Duplex;
  /** Bytes on their way from which on it is full. */
  readonly sendBytes: number;
  readonly fail: (error: ProtocolError) => void;
}

export function createOutlet(socket: WebSocket, { wire, sendBytes, fail }: OutletOptions): Outlet {
  let waiting = new Set<() => void>();

  /** Called when what made it full was handed to the system. */
  function sent(): void {
    if (waiting.size === 0 || wire.writableLength >= sendBytes) return;
    const callbacks = waiting;
    waiting = new Set();
    for (const callback of callbacks) callback();
  }

  return {
    get full() {
      return wire.writableLength >= sendBytes;
    },
    send(frame) {
      if (socket.readyState !== socket.OPEN || wire.destroyed) return;
      if (wire.writableLength + frame.length >= sendBytes) wire.write(frame, sent);
      else wire.write(frame);
    },
    whenDrained(callback) {
      waiting.add(callback);
    },
    fail,
  };
}
