// Writes the JSON Schema of brainwire.v1's text frames beside PROTOCOL.md. Build first.
//   npm run build && node scripts/protocol-schema.mjs
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { clientMessage } from "../dist/protocol/client-message.js";
import { serverMessage } from "../dist/protocol/server-message.js";

const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Text frames of brainwire.v1",
  description: "`clientMessage` is what clients send, `serverMessage` what servers send.",
  definitions: {
    clientMessage: z.toJSONSchema(clientMessage, { io: "input" }),
    serverMessage: z.toJSONSchema(serverMessage),
  },
};
const file = new URL("../src/protocol/brainwire.v1.schema.json", import.meta.url);
writeFileSync(file, JSON.stringify(schema, null, 1) + "\n");
