import type { ServerMessage } from "../protocol/server-message.ts";

/**
 * One WebSocket message, header included, as a server sends it: unmasked and in one piece (RFC 6455 §5.2). The same
 * bytes go to everyone, so they are made once, and one write sends them.
 */
export type Frame = Buffer;

const textHeader = 0x81;
const binaryHeader = 0x82;

export function textFrame(message: ServerMessage): Frame {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const frame = emptyFrame(textHeader, length);
  frame.write(text, frame.length - length);
  return frame;
}

export function binaryFrame(payload: Uint8Array): Frame {
  const frame = emptyFrame(binaryHeader, payload.length);
  frame.set(payload, frame.length - payload.length);
  return frame;
}

/** What follows the header. */
export function payloadOf(frame: Frame): Buffer {
  const length = frame[1]!;
  return frame.subarray(length < 126 ? 2 : length === 126 ? 4 : 10);
}

function emptyFrame(header: number, length: number): Frame {
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame[0] = header;
  if (headerBytes === 2) frame[1] = length;
  else if (headerBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  return frame;
}
