import type { WebSocket } from "ws";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import type { Frame } from "./entry.ts";

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

export function createOutlet(
  socket: WebSocket,
  sendBytes: number,
  fail: (error: ProtocolError) => void,
): Outlet {
  let waiting = new Set<() => void>();

  /** Called when a frame was handed to the system: the socket may have room again. */
  function sent(): void {
    if (waiting.size === 0 || socket.bufferedAmount >= sendBytes) return;
    const callbacks = waiting;
    waiting = new Set();
    for (const callback of callbacks) callback();
  }

  return {
    get full() {
      return socket.bufferedAmount >= sendBytes;
    },
    send({ data, binary }) {
      if (socket.readyState === socket.OPEN) socket.send(data, { binary, compress: false }, sent);
    },
    whenDrained(callback) {
      waiting.add(callback);
    },
    fail,
  };
}
