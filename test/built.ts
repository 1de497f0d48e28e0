import type * as Built from "../src/index.node.ts";

/** The package as built, for what needs threads: they run compiled files only. `npm test` has built it. */
export function built(): Promise<typeof Built> {
  return import(new URL("../dist/index.node.js", import.meta.url).href) as Promise<typeof Built>;
}
