import type { Item } from "../../../src/eeg/item.ts";

/** A stream without an end that names its place: pieces of one data record each, some of them behind a gap. */
export function endless(): Generator<Item>;

/** How many whole pieces the items hold; throws where they are not the stream's. */
export function framesIn(items: readonly Item[]): number;
