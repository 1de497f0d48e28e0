import { EegError } from "../eeg/errors.ts";
import { parseLslHeader, type LslHeader } from "../eeg/lsl-header.ts";
import { hertz } from "../eeg/sfreq.ts";
import { lslAddressText, type LslAddress } from "./address.ts";
import type { Handle, Liblsl } from "./liblsl.node.ts";

/** A stream that is on the network. Whoever holds it destroys its handle. */
export interface FoundStream {
  readonly handle: Handle;
  /** Without its description, which only its sender has. */
  readonly header: LslHeader;
}

/** How long the network is listened to: senders answer within some tenths of a second, and seldom later. */
const listenSeconds = 1;
const longerSeconds = 2;

type Wanted = Pick<LslAddress, "name" | "type" | "sourceId" | "host">;

/**
 * The one stream that answers to an address.
 * @throws EegError LSL_STREAM if there is none or more than one, with what is there
 */
export async function findStream(lsl: Liblsl, wanted: Wanted): Promise<FoundStream> {
  let [all, found]: [FoundStream[], FoundStream[]] = [[], []];
  for (const seconds of [listenSeconds, longerSeconds]) {
    for (const stream of all) lsl.destroyInfo(stream.handle);
    all = await listStreams(lsl, seconds);
    found = all.filter(({ header }) => answers(header, wanted));
    if (found.length > 0) break;
  }
  for (const stream of all) if (found.length !== 1 || stream !== found[0]) lsl.destroyInfo(stream.handle);
  if (found.length === 1) return found[0]!;
  const asked = lslAddressText(wanted);
  throw new EegError(
    "LSL_STREAM",
    found.length > 1
      ? `${found.length} LSL streams have ${asked}; name one of them by source_id or host: ${texts(found)}`
      : all.length > 0
        ? `no LSL stream has ${asked}; on the network: ${texts(all)}`
        : `no LSL stream has ${asked}, nor is any other on the network (listened for ${listenSeconds + longerSeconds} s): is it started, on the same network, and let through by the firewall (UDP and TCP ports 16571 to 16604)?`,
  );
}

/** Waits until one stream answers to an address again, as long as it takes. */
export async function awaitStream(
  lsl: Liblsl,
  wanted: Wanted,
  stopped: () => boolean,
): Promise<FoundStream | null> {
  while (!stopped()) {
    const all = await listStreams(lsl, listenSeconds);
    const [first] = all.filter(({ header }) => answers(header, wanted));
    for (const stream of all) if (stream !== first) lsl.destroyInfo(stream.handle);
    if (first) return first;
  }
  return null;
}

async function listStreams(lsl: Liblsl, seconds: number): Promise<FoundStream[]> {
  const handles = await lsl.resolve(seconds);
  return handles.flatMap((handle) => {
    const header = parseLslHeader(lsl.xmlOf(handle));
    if (!("fault" in header)) return [{ handle, header }];
    lsl.destroyInfo(handle);
    return [];
  });
}

function answers(header: LslHeader, { name, type, sourceId, host }: Wanted): boolean {
  const same = (wanted: string | undefined, is: string): boolean =>
    wanted === undefined || wanted.toLowerCase() === is.toLowerCase();
  return (
    same(name, header.name) &&
    same(type, header.type) &&
    same(sourceId, header.sourceId) &&
    same(host, header.host)
  );
}

/** More than these nobody reads. */
const mostListed = 20;

function texts(streams: readonly FoundStream[]): string {
  const listed = streams.slice(0, mostListed).map(({ header }) => streamText(header));
  const more = streams.length - listed.length;
  return listed.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

/** A stream as people know it: `'BrainAmp' (EEG, 32 channels at 500 Hz, float32, source_id=x, host=lab)`. */
function streamText({ name, type, nChannels, sfreq, format, sourceId, host }: LslHeader): string {
  const rate = sfreq ? `at ${Number(hertz(sfreq).toFixed(3))} Hz` : "without a rate";
  const channels = `${nChannels} channel${nChannels === 1 ? "" : "s"} ${rate}`;
  const parts = [type || "no type", channels, format, `source_id=${sourceId || "none"}`, `host=${host}`];
  return `'${name}' (${parts.join(", ")})`;
}
