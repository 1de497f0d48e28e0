import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { EegError } from "../eeg/errors.ts";
import { roles, type Role } from "../protocol/client-message.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";

const schema = z.strictObject({
  tokens: z
    .array(
      z.strictObject({
        /** Names the holder in the log. */
        name: z.string().min(1),
        /** At least 16 characters, or its SHA-256 in hex instead, so that the file itself opens nothing. */
        token: z.string().min(16).optional(),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional(),
        roles: z.array(z.enum(roles)).min(1),
        /** ISO 8601 with a zone. */
        expires: z.iso.datetime({ offset: true }).optional(),
      }),
    )
    .min(1),
});

/** Who a connection is. */
export interface Grant {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Milliseconds since 1970, or Infinity. */
  readonly expiresMs: number;
}

export interface Tokens {
  /** @throws ProtocolError PROTOCOL_TOKEN */
  grant(token: string | undefined): Grant;
}

/**
 * Reads a file of tokens: `{"tokens": [{"name", "token" or "sha256", "roles", "expires"?}]}`.
 * @throws EegError FILE_UNREADABLE, CONFIG_INVALID
 */
export async function readTokens(path: string): Promise<Tokens> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new EegError(
      "FILE_UNREADABLE",
      `${path}: cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      { cause },
    );
  }
  return parseTokens(text, path);
}

/**
 * @param place names the file in errors, which never hold what it says
 * @internal
 */
export function parseTokens(text: string, place: string): Tokens {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new EegError("CONFIG_INVALID", `${place}: not JSON`);
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    throw new EegError("CONFIG_INVALID", `${place}, ${path.join(".") || "top level"}: ${message}`);
  }
  const known = result.data.tokens.map(({ name, token, sha256, roles: granted, expires }, i) => {
    if ((token === undefined) === (sha256 === undefined))
      throw new EegError("CONFIG_INVALID", `${place}, tokens.${i}: expected either token or sha256`);
    return {
      hash: token === undefined ? Buffer.from(sha256!, "hex") : digest(token),
      grant: { name, roles: granted, expiresMs: expires === undefined ? Infinity : Date.parse(expires) },
    };
  });
  return {
    grant(token) {
      if (token === undefined)
        throw new ProtocolError("PROTOCOL_TOKEN", "this server needs a token: send it in hello");
      const hash = digest(token);
      let found: Grant | null = null;
      // every one is compared, whole, so that the time taken tells nothing
      for (const entry of known) if (timingSafeEqual(entry.hash, hash)) found = entry.grant;
      if (!found) throw new ProtocolError("PROTOCOL_TOKEN", "the token is not known to this server");
      if (found.expiresMs <= Date.now()) throw new ProtocolError("PROTOCOL_TOKEN", "the token has expired");
      return found;
    },
  };
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** What everybody may who can reach a server on its own machine. */
export const openGrant: Grant = { name: "local", roles: [...roles], expiresMs: Infinity };
