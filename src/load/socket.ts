import { WebSocket, type RawData } from "ws";
import { EegError } from "../eeg/errors.ts";
import type { ClientMessageInput } from "../protocol/client-message.ts";
import { subprotocol } from "../protocol/protocol-error.ts";
import type { ServerMessage, ServerMessageOf } from "../protocol/server-message.ts";

/** One bare connection after its handshake: nothing between the socket and the measurement. */
export interface LoadSocket {
  send(message: ClientMessageInput): void;
  sendFrame(bytes: Uint8Array): void;
  /** The next message of a kind. @throws EegError SERVER_LOST if the server refuses instead, or closes */
  next<Kind extends ServerMessage["kind"]>(kind: Kind): Promise<ServerMessageOf<Kind>>;
  /** What comes from here on; `ws` reads nothing more while it is paused. */
  onText(listener: (text: Buffer) => void): void;
  pause(): void;
  close(): void;
}

export interface LoadSocketOptions {
  readonly token?: string | undefined;
  /** The server closed the connection, though nobody asked for it. */
  readonly lost: (why: string) => void;
}

export async function openSocket(url: string, options: LoadSocketOptions): Promise<LoadSocket> {
  const socket = new WebSocket(url, subprotocol, {
    perMessageDeflate: false,
    maxPayload: 64 * 2 ** 20,
    skipUTF8Validation: true, // the server is ours, and this process is to be idle
  });
  const expected = new Map<string, { resolve(message: ServerMessage): void; reject(error: Error): void }>();
  let listener: ((text: Buffer) => void) | null = null;
  let closing = false;

  function fail(why: string): void {
    const error = new EegError("SERVER_LOST", `${url}: ${why}`);
    for (const waiting of expected.values()) waiting.reject(error);
    expected.clear();
    if (!closing) options.lost(why);
  }

  function message(data: RawData, isBinary: boolean): void {
    if (isBinary) return;
    const text = data as Buffer;
    if (listener) return listener(text);
    const parsed = JSON.parse(text.toString()) as ServerMessage;
    if (parsed.kind === "error") return fail(parsed.message);
    expected.get(parsed.kind)?.resolve(parsed);
    expected.delete(parsed.kind);
  }

  socket.on("message", message);
  socket.on("error", (error) => fail(error.message));
  socket.on("close", (code, reason) => fail(String(reason) || `closed with ${code}`));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", (cause) =>
      reject(new EegError("SERVER_LOST", `${url}: ${cause.message}`, { cause })),
    );
  });

  const made: LoadSocket = {
    send: (out) => socket.send(JSON.stringify(out)),
    sendFrame: (bytes) => socket.send(bytes),
    next: (kind) =>
      new Promise((resolve, reject) =>
        expected.set(kind, { resolve: resolve as (message: ServerMessage) => void, reject }),
      ),
    onText(next) {
      listener = next;
    },
    pause: () => socket.pause(),
    close() {
      closing = true;
      if (socket.isPaused) socket.terminate();
      else socket.close(1000);
    },
  };
  const welcome = made.next("welcome");
  const { token } = options;
  made.send({ kind: "hello", client: "brainwire latency", ...(token === undefined ? {} : { token }) });
  await welcome;
  return made;
}
