/**
 * What can be wrong with what a user gives us. Each code says when it is thrown and what to do about it;
 * the list in the documentation is made from this table.
 */
export const errorCodes = {
  FILE_UNREADABLE: "The file does not exist or may not be read. Check the path and the permissions.",
  FILE_UNWRITABLE: "The output cannot be written. Check the folder, the permissions and the free space.",
  FORMAT_UNKNOWN: "The bytes belong to no format that brainwire reads. Convert the recording to EDF first.",
  EDF_HEADER: "A field of an EDF or BDF header cannot be understood. Repair or re-export the file.",
  EDF_TRUNCATED: "An EDF or BDF file ends before its first whole data record. Copy it again in binary mode.",
  RECORDING_FAULTS:
    "`brainwire info --strict` found something wrong with a recording. What it printed names each.",
  EDF_TAL: "An annotation list of an EDF+ or BDF+ file cannot be understood.",
  BRAINVISION_HEADER:
    "A field of a BrainVision header cannot be understood. Repair the header or export the recording again.",
  BRAINVISION_DATA:
    "The data file of a BrainVision recording is absent or no longer holds what its header says.",
  GDF_HEADER: "A field of a GDF header cannot be understood. Export the recording again.",
  GDF_TRUNCATED: "A GDF file ends before its first whole data record. Copy it again.",
  XDF_CHUNK: "An XDF file is damaged in a way that leaves nothing to read. Copy it again.",
  STREAM_UNKNOWN: "The recording has no stream of this name or type. `brainwire info` lists them.",
  CHANNEL_MISSING: "A channel that is needed is not in the recording. Name another, or use another model.",
  CHANNEL_POSITION:
    "A channel has no position on the head (a derivation such as Fp1-F7, or an unknown label).",
  SFREQ_UNSUPPORTED: "The sampling frequency does not go with what is asked of the signal.",
  UNIT_UNKNOWN: "A physical dimension is no unit of voltage that brainwire knows.",
  STREAM_FILTERED: "The stream was already filtered in another way than the model was trained on.",
  STREAM_ORDER: "Items of a stream overlap, run backward or come before the stream's info.",
  STREAM_OVERRUN:
    "A live source was faster than the engine. Slow it down, take a faster engine or let hops be dropped.",
  ANNOTATION_MISSING: "No annotation of the recording bears the text that was asked for.",
  MODEL_UNKNOWN:
    "No model of this name is shipped and no such model folder exists. `brainwire models` lists them.",
  MODEL_MANIFEST: "The model's `model.json` is faulty or of a version this brainwire does not know.",
  MODEL_WEIGHTS: "The model's weights do not fit its manifest.",
  CALIBRATION_INVALID: "A calibration's file is faulty: the message names the field. Calibrate anew.",
  CALIBRATION_MISMATCH:
    "A calibration is of another model or state, or the model takes none. Calibrate anew, or decode without.",
  CALIBRATION_DATA: "A recording holds too little of the state to calibrate on. Record half a minute of it.",
  DECISIONS_DIFFER:
    "What was decided depends on how a recording was cut, or on the form of the encoder. Use another engine and report it.",
  ENGINE_UNAVAILABLE: "The engine cannot run here: an optional package or a device is absent.",
  CONFIG_INVALID: "A configuration file is faulty: the message names the field.",
  BATCH_FAILED:
    "Some of several recordings could not be decoded; the rest are. What was printed names each with its reason.",
  OPTION_INVALID: "A command-line option has a value that cannot be used.",
  RECORDING_UNKNOWN: "No public recording of this name is registered. `brainwire recordings` lists them.",
  DOWNLOAD_FAILED: "A recording could not be fetched, or what arrived is not what was published.",
  TRAINING_DATA: "The recordings named by a training configuration do not give what it asks for.",
  CAPTURE_INVALID: "A capture's `capture.json` or its log is faulty. Take a copy that nobody has changed.",
  CAPTURE_DIFFERS:
    "`brainwire verify` found that a capture does not give what it holds. What it printed says where and why.",
  SERVER_UNREACHABLE: "Nobody answers at this address. Check it, and that `brainwire serve` runs there.",
  ADDRESS_IN_USE: "The server cannot listen on this address and port. Choose another, or stop what uses it.",
  SERVER_LOST: "A server could not be reached, refused, or went away. Look at what it says, and try again.",
  LATENCY_LIMIT: "`brainwire latency` measured more than was allowed. What it printed says which limit.",
  LSL_UNAVAILABLE:
    "The library liblsl, or the package koffi that loads it, is absent. Install them, or name the library's file with LSL_LIB.",
  LSL_STREAM:
    "No stream on the network, or more than one, answers to what was asked for, or it cannot be read as EEG. The message lists what is there.",
  PROTOCOL_MESSAGE: "A text frame on the socket is no message of brainwire.v1.",
  PROTOCOL_FRAME: "A binary frame on the socket is no samples frame of brainwire.v1.",
  PROTOCOL_VERSION: "The other side does not speak brainwire.v1. Update the older of the two.",
  PROTOCOL_ORDER: "A message came when it could not: before `hello`, or with samples that run backward.",
  PROTOCOL_TOKEN: "The token is missing, unknown or expired. Ask whoever runs the server for one.",
  PROTOCOL_ROLE: "The token does not carry the role that this needs.",
  PROTOCOL_STREAM: "No stream of this name or number is served.",
  PROTOCOL_CONFLICT: "Another publisher holds this stream.",
  PROTOCOL_LIMIT: "A limit of the server was exceeded; its options raise it.",
  PROTOCOL_TIMEOUT: "The other side was silent for too long.",
  PROTOCOL_SLOW:
    "A subscriber that asked for everything read too slowly to get it. Ask for `latest` or `decimate`.",
} as const;

export type EegErrorCode = keyof typeof errorCodes;

/** Something that we were given is faulty. Misuse by the programmer is a RangeError or a TypeError instead. */
export class EegError extends Error {
  override readonly name = "EegError";
  readonly code: EegErrorCode;
  constructor(code: EegErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Something faulty that could be worked around: reading went on, and this says what was done. */
export interface Diagnostic {
  readonly code: string;
  /** What is wrong, where, and what was done about it: one sentence. */
  readonly message: string;
  /** Where, as far as it is known. */
  readonly place?: Place;
}

/** A place in a recording. */
interface Place {
  readonly byte?: number;
  readonly channel?: string;
  /** From 0. */
  readonly record?: number;
  /** On the grid of its stream. */
  readonly sample?: number;
  /** From the start of the recording. */
  readonly seconds?: number;
  /** The name of one of several streams. */
  readonly stream?: string;
  /** The name of one of several files, and a line of it, from 1. */
  readonly file?: string;
  readonly line?: number;
}
