import { EegError, type Diagnostic } from "../eeg/errors.ts";
import type { LslHeader } from "../eeg/lsl-header.ts";
import { parseLslAddress } from "../lsl/address.ts";
import { openDecisionOutlets } from "../lsl/decision-outlets.node.ts";
import { openLslInlet } from "../lsl/inlet.node.ts";
import { nowNs } from "../protocol/clock.ts";
import type { DecodingService } from "./decoding.ts";
import type { Server } from "./server.ts";

/** A stream that came in by LSL, as it is served. */
export interface ServedLslStream {
  readonly name: string;
  readonly header: LslHeader;
  readonly diagnostics: readonly Diagnostic[];
  /** Names of the LSL streams that its decisions go out by. */
  readonly outlets: readonly string[];
  /** Closes those, once the server is closed. */
  close(): Promise<void>;
}

/**
 * Serves a stream of the network; what is decoded from it goes out by LSL too, stamped with the time of its sample.
 * @param address such as `lsl:type=EEG`
 * @throws EegError LSL_UNAVAILABLE, LSL_STREAM, OPTION_INVALID; as `Server.addSource`
 */
export async function addLslStream(
  server: Server,
  address: string,
  decoding: DecodingService | undefined,
): Promise<ServedLslStream> {
  const inlet = await openLslInlet(parseLslAddress(address));
  const { header, info, diagnostics } = inlet;
  const outlets = decoding
    ? await openDecisionOutlets({ stream: info, model: decoding.describe(info) })
    : null;
  try {
    const name = await server.addSource(inlet, "lsl", {
      decided: (decision, segment) =>
        outlets?.push(decision, inlet.timeOf(segment, decision.sample) ?? inlet.now()),
      timeNs(segment, sample) {
        const time = inlet.timeOf(segment, sample);
        return time === null ? null : nowNs() - BigInt(Math.round((inlet.now() - time) * 1e9));
      },
    });
    return {
      name,
      header,
      diagnostics,
      outlets: outlets?.names ?? [],
      close: async () => outlets?.close(),
    };
  } catch (error) {
    await inlet.close();
    await outlets?.close();
    if (error instanceof EegError && error.code === "UNIT_UNKNOWN")
      throw new EegError(error.code, `${error.message}; if you know the unit, say so: ${address},unit=uV`, {
        cause: error,
      });
    throw error;
  }
}
