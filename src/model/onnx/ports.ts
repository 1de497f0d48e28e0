import { EegError } from "../../eeg/errors.ts";
import type { Axis } from "../window-manifest.ts";
import type { OnnxFile } from "./inspect.ts";

export interface PortsWanted {
  readonly nChannels: number;
  /** Samples of a window, where the graph leaves that open. */
  readonly samples?: number;
  /** The output that holds the classes, where there are several. */
  readonly output?: string;
}

/** Where a window goes into a graph and where the classes come out. */
export interface Ports {
  readonly input: { readonly name: string; readonly axes: readonly Axis[] };
  readonly output: { readonly name: string };
  readonly samples: number;
}

/**
 * Finds out which axis of a graph's input holds what, from its shape and the number of channels.
 * @param place names the file in errors
 * @throws EegError MODEL_WEIGHTS where the graph takes something else than one window, OPTION_INVALID where it leaves
 * open what must be said
 */
export function findPorts({ inputs, outputs }: OnnxFile, wanted: PortsWanted, place: string): Ports {
  const { nChannels, samples: given, output } = wanted;
  const [input] = inputs;
  const named = (ports: OnnxFile["inputs"]): string =>
    ports.map(({ name }) => `'${name}'`).join(", ") || "none";
  if (!input || inputs.length > 1)
    throw fault(`expected one input, a window of EEG; it takes ${named(inputs)}`);
  if (input.dtype !== "float32") throw fault(`input '${input.name}' takes ${input.dtype}, expected float32`);
  if (!input.shape) throw fault(`input '${input.name}' has no shape`);
  const shape = `input '${input.name}' is [${input.shape.map((n) => n ?? "?").join(", ")}]`;

  const [first, ...rest] = input.shape;
  if (typeof first === "number" && first !== 1)
    throw fault(`${shape}; expected one window or any number of them first`);
  const channelAxis = rest.indexOf(nChannels);
  if (channelAxis < 0) throw fault(`${shape}; no axis is for ${nChannels} channels`);
  const others = rest.map((n, i) => (i === channelAxis ? 1 : n));
  const open = others.flatMap((n, i) => (typeof n === "number" ? [] : [i]));
  if (open.length > 1) throw fault(`${shape}; expected one axis of any length at most`);
  if (open.length === 1 && given === undefined)
    throw new EegError("OPTION_INVALID", `${place}: ${shape}; say how many samples a window has`);
  const fixed = others.reduce<number>((product, n) => product * (typeof n === "number" ? n : 1), 1);
  const samples = given ?? fixed;
  const free = samples / fixed; // length of the open axis
  if (open.length === 1 ? !Number.isSafeInteger(free) : free !== 1)
    throw fault(`${shape}: a window of ${samples} samples does not fit`);
  const long = others.flatMap((n, i) => (typeof n !== "number" || n > 1 ? [i] : []));
  if (long.length > 1 && long[0]! < channelAxis)
    throw fault(`${shape}; samples in several axes are understood after the channels only`);
  const axes = rest.map((n, i): Axis =>
    i === channelAxis
      ? "channels"
      : long.length === 1 && i === long[0]
        ? "samples"
        : typeof n === "number"
          ? n
          : free,
  );
  const [only] = outputs;
  const chosen =
    output === undefined && outputs.length === 1 ? only : outputs.find(({ name }) => name === output);
  if (!chosen)
    throw new EegError(
      "OPTION_INVALID",
      `${place}: gives ${named(outputs)}; say which of them holds the classes${output === undefined ? "" : `, '${output}' is none`}`,
    );
  return { input: { name: input.name, axes: ["batch", ...axes] }, output: { name: chosen.name }, samples };

  function fault(what: string): EegError {
    return new EegError("MODEL_WEIGHTS", `${place}: ${what}`);
  }
}
