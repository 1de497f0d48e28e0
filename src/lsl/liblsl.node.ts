import type * as Koffi from "koffi";
import { EegError } from "../eeg/errors.ts";

type KoffiFunction = ReturnType<Koffi.LibraryHandle["func"]>;

/** An object of liblsl's. */
export type Handle = bigint;

/** What liblsl says of a stream that it will not find again (`lsl_lost_error`). */
const lostError = -2;

/**
 * The part of liblsl's C interface that we use; it is the same from version 1.12 to the present. What may wait is
 * called on a thread of libuv's pool.
 */
export interface Liblsl {
  /** Seconds on this machine's LSL clock. */
  localClock(): number;
  /** Everything on the network that answers within so many seconds. */
  resolve(seconds: number): Promise<Handle[]>;
  destroyInfo(info: Handle): void;
  /** A stream's info as XML, all of it. */
  xmlOf(info: Handle): string;
  createInlet(info: Handle, options: { readonly bufferSeconds: number; readonly recover: boolean }): Handle;
  /** Connects: what is sent from then on is kept for the inlet. @returns whether it came about in time */
  openStream(inlet: Handle, seconds: number): Promise<boolean>;
  /** Waits for its threads. */
  destroyInlet(inlet: Handle): Promise<void>;
  /** Null where it did not come in time. */
  fullXml(inlet: Handle, seconds: number): Promise<string | null>;
  /** Waits for one sample of numbers. @returns its stamp, 0 if none came, null if the stream is lost for good */
  waitSample(inlet: Handle, into: Float64Array, seconds: number): Promise<number | null>;
  /** Takes the samples that are there. @returns how many; null if the stream is lost for good */
  pullNumbers(inlet: Handle, into: Float64Array, stamps: Float64Array): number | null;
  /** One sample of texts that is there already. */
  pullTexts(inlet: Handle, nChannels: number): { readonly stamp: number; readonly texts: string[] } | null;
  /** What is added to a stamp to have it on this machine's clock, seconds; null while it is not known. */
  timeCorrection(inlet: Handle): number | null;
  /** Whether the sender was lost and found again since this was last asked. */
  wasReset(inlet: Handle): boolean;
  /** @param xml elements of `desc`, one inside the other */
  createOutlet(declared: OutletDeclaration): Handle;
  destroyOutlet(outlet: Handle): Promise<void>;
  /** Samples one after the other, each with its stamp. */
  pushNumbers(outlet: Handle, values: Float32Array, stamps: Float64Array): void;
  pushText(outlet: Handle, text: string, stamp: number): void;
}

interface OutletDeclaration {
  readonly name: string;
  readonly type: string;
  readonly nChannels: number;
  /** 0: samples come when they come. */
  readonly sfreqHz: number;
  readonly format: "float32" | "string";
  readonly sourceId: string;
  readonly desc: readonly DescElement[];
}

/** An element of a stream's description: text, or elements in it. */
export type DescElement = readonly [name: string, content: string | readonly DescElement[]];

const formats = { float32: 1, string: 3 } as const;

/** More streams than any network has. */
const mostStreams = 1024;

/** Binds a library that koffi has loaded. */
export function bindLiblsl(koffi: typeof Koffi, library: Koffi.LibraryHandle): Liblsl {
  const c = (signature: string): KoffiFunction => library.func(signature);
  const localClock = c("double lsl_local_clock()");
  const resolveAll = c("int lsl_resolve_all(void **found, uint32_t n, double seconds)");
  const destroyInfo = c("void lsl_destroy_streaminfo(void *info)");
  const getXml = c("void *lsl_get_xml(void *info)");
  const destroyString = c("void lsl_destroy_string(void *text)");
  const createInlet = c("void *lsl_create_inlet(void *info, int seconds, int chunk, int recover)");
  const openStream = c("void lsl_open_stream(void *inlet, double seconds, int *error)");
  const destroyInlet = c("void lsl_destroy_inlet(void *inlet)");
  const getFullInfo = c("void *lsl_get_fullinfo(void *inlet, double seconds, int *error)");
  const pullSample = c(
    "double lsl_pull_sample_d(void *inlet, double *values, int n, double seconds, int *error)",
  );
  const pullChunk = c(
    "ulong lsl_pull_chunk_d(void *inlet, double *values, double *stamps, ulong n, ulong nStamps, double seconds, int *error)",
  );
  const pullStrings = c(
    "double lsl_pull_sample_str(void *inlet, void **texts, int n, double seconds, int *error)",
  );
  const correction = c("double lsl_time_correction(void *inlet, double seconds, int *error)");
  const wasReset = c("uint32_t lsl_was_clock_reset(void *inlet)");
  const createInfo = c(
    "void *lsl_create_streaminfo(str name, str type, int nChannels, double rate, int format, str sourceId)",
  );
  const getDesc = c("void *lsl_get_desc(void *info)");
  const appendChild = c("void *lsl_append_child(void *element, str name)");
  const appendValue = c("void *lsl_append_child_value(void *element, str name, str value)");
  const createOutlet = c("void *lsl_create_outlet(void *info, int chunk, int seconds)");
  const destroyOutlet = c("void lsl_destroy_outlet(void *outlet)");
  const pushSample = c("int lsl_push_sample_ftp(void *outlet, float *values, double stamp, int through)");
  const pushStrings = c("int lsl_push_sample_strtp(void *outlet, str *texts, double stamp, int through)");
  const error = new Int32Array(1);

  function aside<T>(call: KoffiFunction, ...parameters: readonly unknown[]): Promise<T> {
    return new Promise((resolve, reject) =>
      call.async(...parameters, (failure: Error | null, result: T) =>
        failure ? reject(failure) : resolve(result),
      ),
    );
  }

  function xmlOf(info: Handle): string {
    const text = getXml(info) as Handle;
    const xml = koffi.decode.string(text);
    destroyString(text);
    return xml;
  }

  function append(parent: Handle, children: readonly DescElement[]): void {
    for (const [name, content] of children) {
      if (typeof content === "string") appendValue(parent, name, content);
      else append(appendChild(parent, name) as Handle, content);
    }
  }

  return {
    localClock: () => localClock() as number,
    async resolve(seconds) {
      const found = new BigUint64Array(mostStreams);
      const n = await aside<number>(resolveAll, found, mostStreams, seconds);
      return Array.from(found.subarray(0, Math.max(0, n)));
    },
    destroyInfo: (info) => void destroyInfo(info),
    xmlOf,
    createInlet(info, { bufferSeconds, recover }) {
      const inlet = createInlet(info, bufferSeconds, 0, recover ? 1 : 0) as Handle | null;
      if (!inlet) throw new EegError("LSL_STREAM", "liblsl could not make an inlet for this stream");
      return inlet;
    },
    async openStream(inlet, seconds) {
      const failed = new Int32Array(1);
      await aside(openStream, inlet, seconds, failed);
      return failed[0] === 0;
    },
    destroyInlet: (inlet) => aside(destroyInlet, inlet),
    async fullXml(inlet, seconds) {
      const failed = new Int32Array(1);
      const info = await aside<Handle | null>(getFullInfo, inlet, seconds, failed);
      if (!info || failed[0] !== 0) return null;
      const xml = xmlOf(info);
      destroyInfo(info);
      return xml;
    },
    async waitSample(inlet, into, seconds) {
      const failed = new Int32Array(1);
      const stamp = await aside<number>(pullSample, inlet, into, into.length, seconds, failed);
      return failed[0] === lostError ? null : stamp;
    },
    pullNumbers(inlet, into, stamps) {
      error[0] = 0;
      const values = Number(pullChunk(inlet, into, stamps, into.length, stamps.length, 0, error));
      if (error[0] === lostError) return null;
      return values / (into.length / stamps.length);
    },
    pullTexts(inlet, nChannels) {
      error[0] = 0;
      const pointers = new BigUint64Array(nChannels);
      const stamp = pullStrings(inlet, pointers, nChannels, 0, error) as number;
      if (stamp === 0 || error[0] !== 0) return null;
      const texts = Array.from(pointers, (pointer) => {
        const text = koffi.decode.string(pointer);
        destroyString(pointer);
        return text;
      });
      return { stamp, texts };
    },
    timeCorrection(inlet) {
      error[0] = 0;
      const value = correction(inlet, 0, error) as number;
      return error[0] === 0 && Math.abs(value) < 1e11 ? value : null;
    },
    wasReset: (inlet) => wasReset(inlet) !== 0,
    createOutlet({ name, type, nChannels, sfreqHz, format, sourceId, desc }) {
      const info = createInfo(name, type, nChannels, sfreqHz, formats[format], sourceId) as Handle;
      append(getDesc(info) as Handle, desc);
      const outlet = createOutlet(info, 0, 360) as Handle | null;
      destroyInfo(info);
      if (!outlet) throw new EegError("LSL_STREAM", `${name}: liblsl could not make an outlet`);
      return outlet;
    },
    destroyOutlet: (outlet) => aside(destroyOutlet, outlet),
    pushNumbers(outlet, values, stamps) {
      // One by one: liblsl 1.12 reads its chunks with stamps wrongly.
      const nChannels = values.length / stamps.length;
      for (const [i, stamp] of stamps.entries())
        pushSample(
          outlet,
          values.subarray(i * nChannels, (i + 1) * nChannels),
          stamp,
          +(i === stamps.length - 1),
        );
    },
    pushText: (outlet, text, stamp) => void pushStrings(outlet, [text], stamp, 1),
  };
}
