import type { Marker } from "../eeg/item.ts";
import { findStream } from "./discovery.node.ts";
import { EegError } from "../eeg/errors.ts";
import type { Liblsl } from "./liblsl.node.ts";
import { createSenderClock } from "./sender-clock.ts";

/** A stream of texts, whose samples become markers on another stream. */
export interface MarkerInlet {
  /** Takes what has come. */
  pull(): void;
  /**
   * The markers whose onset lies before `end`, and those that are late.
   * @param placeOf where a time of this machine's LSL clock lies on the stream's grid
   */
  until(end: number, placeOf: (time: number) => number): Generator<Marker, void, undefined>;
  close(): Promise<void>;
}

const bufferSeconds = 60;
const connectSeconds = 5;

/** @throws EegError LSL_STREAM if no stream of texts has this name, or several */
export async function createMarkerInlet(lsl: Liblsl, name: string): Promise<MarkerInlet> {
  const { handle, header } = await findStream(lsl, { name });
  if (header.format !== "string") {
    lsl.destroyInfo(handle);
    throw new EegError(
      "LSL_STREAM",
      `LSL stream '${name}' holds numbers (${header.format}), not texts: it cannot be read as markers`,
    );
  }
  const inlet = lsl.createInlet(handle, { bufferSeconds, recover: header.sourceId !== "" });
  lsl.destroyInfo(handle);
  await lsl.openStream(inlet, connectSeconds);
  const clock = createSenderClock();
  let waiting: { readonly time: number; readonly text: string }[] = [];

  return {
    pull() {
      if (lsl.wasReset(inlet)) clock.reset();
      const offset = lsl.timeCorrection(inlet);
      if (offset !== null) clock.measured(offset, lsl.localClock());
      for (
        let some = lsl.pullTexts(inlet, header.nChannels);
        some;
        some = lsl.pullTexts(inlet, header.nChannels)
      )
        waiting.push({ time: clock.here(some.stamp), text: some.texts.filter(Boolean).join(" ") });
    },
    *until(end, placeOf) {
      const placed = waiting.map((marker) => ({ ...marker, onset: placeOf(marker.time) }));
      waiting = placed.filter(({ onset }) => !(onset < end));
      for (const { onset, text } of placed.sort((a, b) => a.onset - b.onset))
        if (onset >= 0 && onset < end) yield { kind: "marker", onset, duration: 0, text };
    },
    close: () => lsl.destroyInlet(inlet),
  };
}
