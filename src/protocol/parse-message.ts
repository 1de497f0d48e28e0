import type { z } from "zod";
import { clientMessage, type ClientMessage } from "./client-message.ts";
import { ProtocolError } from "./protocol-error.ts";
import { serverMessage, type ServerMessage } from "./server-message.ts";

/**
 * Reads a text frame that a client sent.
 * @throws ProtocolError PROTOCOL_MESSAGE, naming the field
 */
export function parseClientMessage(text: string): ClientMessage {
  return parse(text, clientMessage);
}

/**
 * Reads a text frame that a server sent, strictly: for tests and for those who write a server.
 * @throws ProtocolError PROTOCOL_MESSAGE, naming the field
 * @internal
 */
export function parseServerMessage(text: string): ServerMessage {
  return parse(text, serverMessage);
}

function parse<T>(text: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError("PROTOCOL_MESSAGE", "text frame: expected JSON", { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const kind = (json as { kind?: unknown } | null)?.kind;
  const where = [
    typeof kind === "string" ? `'${kind.slice(0, 20)}'` : "text frame",
    ...(issue?.path ?? []),
  ].join(".");
  throw new ProtocolError("PROTOCOL_MESSAGE", `${where}: ${issue?.message ?? "not understood"}`);
}
