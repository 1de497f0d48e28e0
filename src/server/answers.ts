import type { EegError } from "../eeg/errors.ts";
import type { ServerMessage } from "../protocol/server-message.ts";

/** A message of a client that may bear a number of its choice. */
export interface Asked {
  readonly request?: number | undefined;
}

/** The number of the message that is answered, where it has one. */
export function requestOf({ request }: Asked): { request?: number } {
  return request === undefined ? {} : { request };
}

/** Says that something cannot be done; the connection goes on. */
export function declined(error: EegError, asked: Asked): ServerMessage {
  return { kind: "error", code: error.code, message: error.message, fatal: false, ...requestOf(asked) };
}
