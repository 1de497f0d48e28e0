import { EegError } from "../eeg/errors.ts";
import type { Gap, Samples } from "../eeg/item.ts";

/**
 * Where a stream stands after an item, for stages that hold samples back and so depend on the tiling.
 * @param position where it stood before: 0 at first
 * @throws EegError STREAM_ORDER if the item does not begin there
 */
export function advance(position: number, item: Samples | Gap): number {
  if (item.start !== position)
    throw new EegError(
      "STREAM_ORDER",
      `the stream stands at sample ${position}, but its next ${item.kind === "gap" ? "gap" : "stretch"} begins at ${item.start}; samples and gaps must follow one another`,
    );
  return position + item.nSamples;
}
