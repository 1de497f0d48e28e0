import type * as Koffi from "koffi";
import { EegError } from "../eeg/errors.ts";
import { bindLiblsl, type Liblsl } from "./liblsl.node.ts";

/** Where installers put it, if `LSL_LIB` does not say. */
function usualPlaces(): string[] {
  const conda = process.env["CONDA_PREFIX"];
  switch (process.platform) {
    case "win32":
      return ["lsl.dll", "liblsl64.dll", "liblsl.dll", ...(conda ? [`${conda}\\Library\\bin\\lsl.dll`] : [])];
    case "darwin":
      return [
        "liblsl.dylib",
        "/opt/homebrew/lib/liblsl.dylib",
        "/usr/local/lib/liblsl.dylib",
        "/opt/homebrew/Frameworks/lsl.framework/lsl",
        "/Library/Frameworks/lsl.framework/lsl",
        ...(conda ? [`${conda}/lib/liblsl.dylib`] : []),
      ];
    default:
      return [
        "liblsl.so",
        "liblsl.so.2",
        "liblsl64.so",
        "/usr/local/lib/liblsl.so",
        "/usr/lib/liblsl.so",
        ...(conda ? [`${conda}/lib/liblsl.so`] : []),
      ];
  }
}

let loaded: Promise<Liblsl> | null = null;

/**
 * Loads liblsl: the file that the environment's `LSL_LIB` names, else one where installers put it.
 * @throws EegError LSL_UNAVAILABLE
 */
export function loadLiblsl(): Promise<Liblsl> {
  return (loaded ??= load().catch((error: unknown) => {
    loaded = null;
    throw error;
  }));
}

async function load(): Promise<Liblsl> {
  let koffi: typeof Koffi;
  try {
    koffi = await import("koffi");
  } catch (cause) {
    throw new EegError("LSL_UNAVAILABLE", "LSL needs the package koffi: npm install koffi", { cause });
  }
  const named = process.env["LSL_LIB"];
  for (const path of named ? [named] : usualPlaces()) {
    try {
      return bindLiblsl(koffi, koffi.load(path));
    } catch (cause) {
      if (named)
        throw new EegError(
          "LSL_UNAVAILABLE",
          `LSL_LIB=${named}: cannot be loaded as liblsl (${(cause as Error).message})`,
          { cause },
        );
    }
  }
  throw new EegError(
    "LSL_UNAVAILABLE",
    "LSL needs liblsl, which was not found: install it (a package from github.com/sccn/liblsl/releases, " +
      "`brew install labstreaminglayer/tap/lsl`, or `conda install -c conda-forge liblsl`), " +
      "or name its file with the environment variable LSL_LIB",
  );
}
