import type { Item } from "../eeg/item.ts";
import { fileSource } from "../formats/file-source.node.ts";
import { replay as replaySource, type ReplayOptions, type ReplaySource } from "./replay.ts";

/**
 * Replays a recording, given by its path or as in a browser. A path's file is opened by each iteration and closed
 * by its end.
 * @throws EegError, while iterating, if the file cannot be read
 * @throws RangeError for an option out of range
 */
export function replay(source: string | ReplaySource, options: ReplayOptions = {}): AsyncIterable<Item> {
  return replaySource(typeof source === "string" ? () => fileSource(source) : source, options);
}
