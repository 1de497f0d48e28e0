import type { ServerMessage } from "../protocol/server-message.ts";

/**
 * One WebSocket message, header included, as a server sends it: unmasked and in one piece (RFC 6455 §5.2). The same
 * bytes go to everyone, so they are made once, and one write sends them.
 */
export interface Frame {
  readonly bytes: Buffer;
  /** What follows the header. */
  readonly payload: Buffer;
}

const textHeader = 0x81;
const binaryHeader = 0x82;

export function textFrame(message: ServerMessage): Frame {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const frame = emptyFrame(textHeader, length);
  frame.payload.write(text);
  return frame;
}

export function binaryFrame(payload: Uint8Array): Frame {
  const frame = emptyFrame(binaryHeader, payload.length);
  frame.payload.set(payload);
  return frame;
}

function emptyFrame(header: number, length: number): Frame {
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(headerBytes + length);
  bytes[0] = header;
  if (headerBytes === 2) bytes[1] = length;
  else if (headerBytes === 4) {
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = 127;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  return { bytes, payload: bytes.subarray(headerBytes) };
}
