import { decodedEvents, type LocalDecoding } from "../capture/decoded-events.ts";
import { parseLslAddress } from "../lsl/address.ts";
import { openLslInlet } from "../lsl/inlet.node.ts";
import type { StreamSource } from "./stream-source.ts";

/**
 * A stream of LSL, decoded here.
 * @param address such as `lsl:type=EEG`
 * @throws EegError LSL_UNAVAILABLE, LSL_STREAM, OPTION_INVALID
 */
export async function openLslSource(address: string, decoding: LocalDecoding | null): Promise<StreamSource> {
  const inlet = await openLslInlet(parseLslAddress(address));
  const { name, type, sourceId, host } = inlet.header;
  const origin = { address, stream: name, type, sourceId, host };
  return {
    name,
    origin,
    trouble: null,
    events: () => decodedEvents(inlet, decoding),
    close: () => void inlet.close(),
  };
}
