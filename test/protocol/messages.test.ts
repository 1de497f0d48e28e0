import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { z } from "zod";
import { clientMessage } from "../../src/protocol/client-message.ts";
import { parseClientMessage, parseServerMessage } from "../../src/protocol/parse-message.ts";
import { closeReason, ProtocolError } from "../../src/protocol/protocol-error.ts";
import { serverMessage } from "../../src/protocol/server-message.ts";

interface Vector {
  readonly text: string;
  readonly error?: string;
}

const vectors = JSON.parse(
  readFileSync(new URL("../golden/protocol/messages.json", import.meta.url), "utf8"),
) as Record<"client" | "server", Vector[]>;

function codeOf(text: string): string | null {
  try {
    parseClientMessage(text);
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return (error as ProtocolError).code;
  }
}

describe("test vectors", () => {
  test.each(vectors.client.map(({ text, error }) => [text.slice(0, 100), text, error ?? null]))(
    "of clients: %s",
    (_, text, error) => expect(codeOf(text!)).toBe(error),
  );
  test.each(vectors.server.map(({ text }) => [text.slice(0, 100), text]))("of servers: %s", (_, text) =>
    expect(parseServerMessage(text!)).toEqual(JSON.parse(text!)),
  );
});

test("the error names the message and the field", () => {
  expect(() => parseClientMessage('{"kind":"subscribe","from":{"segment":0,"sample":-1}}')).toThrow(
    "'subscribe'.from.sample: Too small: expected number to be >=0",
  );
});

test("any JSON at all is a message or an error of the protocol", () => {
  fc.assert(
    fc.property(fc.json(), (text) => void codeOf(text)),
    { numRuns: 500 },
  );
  const text = vectors.client.filter(({ error }) => error === undefined).map((vector) => vector.text);
  const edits = fc.array(fc.tuple(fc.nat(500), fc.constantFrom(...'{}[]",:0-e9.\\u0000nt '.split(""))), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.constantFrom(...text), edits, (whole, changes) => {
      const letters = whole.split("");
      for (const [at, letter] of changes) letters[at % letters.length] = letter;
      codeOf(letters.join(""));
    }),
    { numRuns: 2000 },
  );
});

test("JSON bombs are refused without harm", () => {
  expect(codeOf("[".repeat(200_000) + "]".repeat(200_000))).toBe("PROTOCOL_MESSAGE");
  expect(codeOf(`{"kind":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)).toBe("PROTOCOL_MESSAGE");
  expect(codeOf('{"a":'.repeat(50_000) + "1" + "}".repeat(50_000))).toBe("PROTOCOL_MESSAGE");
  expect(({} as Record<string, unknown>)["token"]).toBeUndefined();
});

test("a close reason fits its frame and ends between characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const reason = closeReason(text);
      expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
      if (!text.includes("\ufffd")) expect(reason).not.toContain("\ufffd");
    }),
  );
});

test("the JSON Schema beside PROTOCOL.md is what the schemas say", () => {
  const file = new URL("../../src/protocol/brainwire.v1.schema.json", import.meta.url);
  const { definitions } = JSON.parse(readFileSync(file, "utf8")) as { definitions: unknown };
  expect(definitions).toEqual({
    clientMessage: z.toJSONSchema(clientMessage, { io: "input" }),
    serverMessage: z.toJSONSchema(serverMessage),
  });
});
