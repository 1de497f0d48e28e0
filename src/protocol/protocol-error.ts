import { EegError, type EegErrorCode } from "../eeg/errors.ts";

/** The WebSocket subprotocol, negotiated in the handshake. */
export const subprotocol = "brainwire.v1";

/** With which code a connection is closed for each fault (4000-4999 are free for applications, RFC 6455 §7.4.2). */
export const closeCodes = {
  PROTOCOL_MESSAGE: 4400,
  PROTOCOL_TOKEN: 4401,
  PROTOCOL_ROLE: 4403,
  PROTOCOL_STREAM: 4404,
  PROTOCOL_VERSION: 4406,
  PROTOCOL_TIMEOUT: 4408,
  PROTOCOL_CONFLICT: 4409,
  PROTOCOL_ORDER: 4412,
  PROTOCOL_LIMIT: 4413,
  PROTOCOL_FRAME: 4422,
  PROTOCOL_SLOW: 4429,
} as const satisfies Partial<Record<EegErrorCode, number>>;

export type ProtocolErrorCode = keyof typeof closeCodes;

/** A fault of the other side of a socket. */
export class ProtocolError extends EegError {
  declare readonly code: ProtocolErrorCode;
  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }

  get closeCode(): number {
    return closeCodes[this.code];
  }

  /** The message, cut to the 123 bytes that a close frame holds (RFC 6455 §5.5). */
  get reason(): string {
    return closeReason(this.message);
  }
}

/** Text cut to the 123 bytes of UTF-8 that a close frame has room for. */
export function closeReason(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= 123) return text;
  let end = 120;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--; // never within a character
  return `${new TextDecoder().decode(bytes.subarray(0, end))}...`;
}
