import { parseLslHeader, type LslHeader } from "../eeg/lsl-header.ts";
import { EegError, type Diagnostic } from "../eeg/errors.ts";
import type { Item } from "../eeg/item.ts";
import { secondsAt } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { LslAddress } from "./address.ts";
import { describeStream, sameStream, type DescribedStream } from "./described-stream.ts";
import { awaitStream, findStream, type FoundStream } from "./discovery.node.ts";
import type { Handle, Liblsl } from "./liblsl.node.ts";
import { loadLiblsl } from "./library.node.ts";
import { createMarkerInlet, type MarkerInlet } from "./marker-inlet.node.ts";
import { createSampleQueue, type SampleQueue } from "./sample-queue.ts";
import { createSenderClock, type SenderClock } from "./sender-clock.ts";
import { createStampGrid, type GridStep, type StampGrid } from "./stamp-grid.ts";

/** An EEG stream of the network. It is iterated once, and ending that closes it. */
export interface LslInlet extends AsyncIterable<Item> {
  readonly header: LslHeader;
  /** Of its first segment. */
  readonly info: StreamInfo;
  /** What is odd about the stream's description, and what was done about it. */
  readonly diagnostics: readonly Diagnostic[];
  /**
   * When a sample was, in seconds of this machine's LSL clock, without jitter; for the present segment and the one
   * before it, else null.
   */
  timeOf(segment: number, sample: number): number | null;
  /** Seconds on this machine's LSL clock. */
  now(): number;
  /** Ends its iteration, and closes it where there was none. */
  close(): Promise<void>;
}

/** liblsl keeps so much for a slow reader; what is older is lost, and then a gap. */
const bufferSeconds = 60;
/** Headers come, and connections are made, in some milliseconds. */
const connectSeconds = 5;
/** The first offset of the sender's clock takes liblsl 0.6 s. */
const firstOffsetMs = 2000;
const offsetEveryMs = 500;
/** How long one wait for samples lasts at most. */
const waitSeconds = 0.25;
/** Between looks for samples where there is no thread to wait on. */
const pollMs = 4;
/** Waits hold a thread of libuv's four each; the others are for the rest of the program. */
const mostWaiting = 2;

let waiting = 0;

/**
 * Finds a stream of the network and connects to it. Samples are pulled as they are asked for: liblsl waits for them
 * on a thread of its own, so nothing here is busy. They lie on a grid as `createStampGrid` has it. A sender that is
 * lost and found again goes on behind a gap if its clock goes on, else in a new segment.
 * @throws EegError LSL_UNAVAILABLE; LSL_STREAM if none or several answer, or it is no stream of EEG
 */
export async function openLslInlet(address: LslAddress): Promise<LslInlet> {
  const lsl = await loadLiblsl();
  const first = await connect(lsl, await findStream(lsl, address), address.unit);
  let markers: MarkerInlet | null = null;
  try {
    if (address.markers !== undefined) markers = await createMarkerInlet(lsl, address.markers);
  } catch (error) {
    await lsl.destroyInlet(first.inlet);
    throw error;
  }
  return createInlet({ lsl, address, first, markers });
}

/** A connection to one sender. */
interface Connection {
  readonly inlet: Handle;
  readonly header: LslHeader;
  readonly described: DescribedStream;
  readonly clock: SenderClock;
}

async function connect(lsl: Liblsl, found: FoundStream, unit: string | undefined): Promise<Connection> {
  const inlet = lsl.createInlet(found.handle, { bufferSeconds, recover: found.header.sourceId !== "" });
  lsl.destroyInfo(found.handle);
  try {
    const header = await readHeader(lsl, inlet);
    if (!header || !(await lsl.openStream(inlet, connectSeconds)))
      throw new EegError(
        "LSL_STREAM",
        `LSL stream '${found.header.name}' at ${found.header.host} was announced, but does not answer: is its TCP port (16572 to 16604) let through?`,
      );
    const described = describeStream(header, unit);
    const clock = createSenderClock();
    for (let waited = 0; waited < firstOffsetMs; waited += 50) {
      const offset = lsl.timeCorrection(inlet);
      if (offset !== null) clock.measured(offset, lsl.localClock());
      if (offset !== null) break;
      await sleep(50);
    }
    return { inlet, header, described, clock };
  } catch (error) {
    await lsl.destroyInlet(inlet);
    throw error;
  }
}

async function readHeader(lsl: Liblsl, inlet: Handle): Promise<LslHeader | null> {
  const xml = await lsl.fullXml(inlet, connectSeconds);
  const header = xml === null ? null : parseLslHeader(xml);
  return header && !("fault" in header) ? header : null;
}

interface InletParts {
  readonly lsl: Liblsl;
  readonly address: LslAddress;
  readonly first: Connection;
  readonly markers: MarkerInlet | null;
}

function createInlet({ lsl, address, first, markers }: InletParts): LslInlet {
  let connection = first;
  let stopped = false;
  let taken = false;
  let begun = false;
  let segment = 0;
  let place = 0;
  let grid: StampGrid;
  let queue: SampleQueue;
  let buffers: { values: Float64Array; stamps: Float64Array; one: Float64Array };
  /** When a sample of an earlier segment was. */
  let earlier: { segment: number; timeOf: (sample: number) => number } | null = null;

  function begin(): void {
    const { sfreq, channels } = connection.described.info;
    const size = Math.max(64, Math.ceil(sfreq.num / sfreq.den));
    grid = createStampGrid(secondsAt(1, sfreq));
    queue = createSampleQueue(connection.described.gains);
    buffers = {
      values: new Float64Array(size * channels.length),
      stamps: new Float64Array(size),
      one: new Float64Array(channels.length),
    };
    place = 0;
  }
  begin();

  const here = (sample: number): number => connection.clock.here(grid.timeOf(sample));
  const infoItem = (): Item => ({ kind: "info", stream: { ...connection.described.info, segment } });

  function nextSegment(timeOf: (sample: number) => number): void {
    earlier = { segment, timeOf };
    segment++;
    place = 0;
  }

  /** What the grid has decided on, as items. */
  function* laid(steps: readonly GridStep[]): Generator<Item, void, undefined> {
    for (const step of steps) {
      if (step.kind === "segment") {
        const { clock } = connection;
        nextSegment((sample) => clock.here(step.timeOf(sample)));
        yield infoItem();
        continue;
      }
      const { nSamples } = step;
      if (markers)
        yield* markers.until(place + nSamples, (time) => grid.placeOf(connection.clock.there(time)));
      if (step.kind === "gap") yield { kind: "gap", start: place, nSamples, reason: "lost" };
      else yield queue.take(nSamples, place);
      place += nSamples;
    }
  }

  /** Waits for samples and puts all that are there on the grid. @returns null if the sender is lost for good */
  async function pull(): Promise<readonly GridStep[] | null> {
    const { inlet } = connection;
    const { one, values, stamps } = buffers;
    let stamp: number | null = 0;
    if (waiting < mostWaiting) {
      waiting++;
      stamp = await lsl.waitSample(inlet, one, waitSeconds).finally(() => waiting--);
    } else await sleep(pollMs);
    if (stamp === null) return null;
    if (lsl.wasReset(inlet)) {
      connection.clock.reset();
      grid.recovered();
      if (!(await goesOn())) return null;
    }
    const now = lsl.localClock();
    const steps: GridStep[] = [];
    if (stamp > 0) {
      queue.push(one, 1);
      steps.push(...grid.push([stamp], now));
    }
    for (let nSamples = stamps.length; nSamples === stamps.length;) {
      const pulled = lsl.pullNumbers(inlet, values, stamps);
      if (pulled === null) return steps.length > 0 ? steps : null;
      nSamples = pulled;
      queue.push(values, nSamples);
      steps.push(...grid.push(stamps.subarray(0, nSamples), now));
    }
    return steps;
  }

  /** Whether the sender that was found again is as before. */
  async function goesOn(): Promise<boolean> {
    const header = await readHeader(lsl, connection.inlet);
    return header !== null && sameStream(describeStream(header, address.unit), connection.described);
  }

  /** Finds the sender, or its successor, again; null if nobody waits for it any more. */
  async function reconnect(): Promise<Connection | null> {
    const { name, type, host, sourceId } = connection.header;
    const wanted = { name, type, ...(sourceId === "" ? { host } : { sourceId }) };
    await lsl.destroyInlet(connection.inlet);
    while (!stopped) {
      const found = await awaitStream(lsl, wanted, () => stopped);
      if (!found) break;
      try {
        return await connect(lsl, found, address.unit);
      } catch (error) {
        if (!(error instanceof EegError)) throw error;
        await sleep(1000); // it was announced and is gone, or is not ready
      }
    }
    return null;
  }

  async function* run(): AsyncGenerator<Item, void, undefined> {
    let offsetAt = -Infinity;
    let connected = true;
    begun = true;
    try {
      yield infoItem();
      while (!stopped) {
        const steps = await pull();
        if (performance.now() - offsetAt > offsetEveryMs) {
          offsetAt = performance.now();
          const offset = steps && lsl.timeCorrection(connection.inlet);
          if (offset !== null) connection.clock.measured(offset, lsl.localClock());
        }
        markers?.pull();
        yield* laid(steps ?? grid.end());
        if (steps) continue;
        connected = false;
        const next = await reconnect();
        if (!next) break;
        connected = true;
        const [clock, last] = [connection.clock, grid];
        connection = next;
        nextSegment((sample) => clock.here(last.timeOf(sample)));
        begin();
        yield infoItem();
      }
    } finally {
      if (connected) await lsl.destroyInlet(connection.inlet);
      await markers?.close();
    }
  }

  async function release(): Promise<void> {
    await lsl.destroyInlet(connection.inlet);
    await markers?.close();
  }

  const items = run();

  /** Ends the iteration, also while it waits for a sender that never comes. */
  async function stop(): Promise<IteratorResult<Item, void>> {
    stopped = true;
    if (!begun) await release(); // what was not begun has no end of its own
    begun = true;
    return items.return();
  }

  return {
    header: first.header,
    info: first.described.info,
    diagnostics: first.described.diagnostics,
    timeOf(of, sample) {
      const time =
        of === segment ? here(sample) : of === earlier?.segment ? earlier.timeOf(sample) : Number.NaN;
      return Number.isNaN(time) ? null : time;
    },
    now: () => lsl.localClock(),
    async close() {
      await stop();
    },
    [Symbol.asyncIterator]() {
      if (taken) throw new TypeError("an LSL inlet is iterated once; open another");
      taken = true;
      return { next: () => items.next(), return: stop };
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
