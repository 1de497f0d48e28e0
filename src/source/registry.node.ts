import { readFile } from "node:fs/promises";
import { parseRegistry, type Registry } from "./registry.ts";

/** The registry of public recordings that this package ships. */
export async function readRegistry(): Promise<Registry> {
  return parseRegistry(await readFile(new URL("../../recordings/registry.json", import.meta.url), "utf8"));
}
