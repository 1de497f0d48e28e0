// Writes docs/errors.md, the list of error codes, from src/eeg/errors.ts:
//   npm run build && node scripts/error-docs.mjs
import { writeFileSync } from "node:fs";
import { errorCodes } from "../dist/index.js";

/** The text of docs/errors.md. */
export function errorDocs() {
  const rows = Object.entries(errorCodes).map(([code, sentence]) => `| \`${code}\` | ${sentence} |`);
  return [
    "# Error codes",
    "",
    "What brainwire throws when something it was given is faulty: an `EegError` with one of these codes, and a message that",
    "names what, where and what to do. Misuse by a programmer is a `RangeError` or a `TypeError`. What could be worked around",
    "is not an error but a diagnostic: `brainwire info` lists a recording's.",
    "",
    "| code | when, and what to do |",
    "| --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

if (import.meta.url === new URL(`file://${process.argv[1]}`).href)
  writeFileSync(new URL("../docs/errors.md", import.meta.url), errorDocs());
