import { EegError } from "../../eeg/errors.ts";
import type { ByteSource, Sibling } from "../byte-source.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { BrainVisionHeader } from "./header.ts";

/** Where the other files of a recording are looked for. */
export interface Surroundings {
  /** The header file. */
  readonly source: ByteSource;
  readonly diagnostics: Diagnostics;
}

/**
 * The data file that the header names, or one beside it that bears the header's own name: files are renamed more
 * often than their headers are edited.
 * @throws EegError BRAINVISION_DATA if there is neither
 */
export async function findDataFile(header: BrainVisionHeader, around: Surroundings): Promise<ByteSource> {
  const named = expand(header.dataFile, around.source);
  const extension = /\.[^.]*$/.exec(named)?.[0] ?? ".eeg";
  const found = await find(named, [extension, ".eeg", ".dat", ".seg"], around);
  if (found) return found;
  throw new EegError(
    "BRAINVISION_DATA",
    `${around.source.name}: the data file '${fileName(named)}' that the header names is not beside it; put it into the same folder`,
  );
}

/** The marker file, or null. A header need not name one. */
export async function findMarkerFile(
  header: BrainVisionHeader,
  around: Surroundings,
): Promise<ByteSource | null> {
  if (header.markerFile === null) return null;
  const named = expand(header.markerFile, around.source);
  const found = await find(named, [".vmrk", ".amrk"], around);
  if (!found)
    around.diagnostics.add({
      code: "BRAINVISION_MARKERS",
      message: `the marker file '${fileName(named)}' that the header names is not beside it; read without markers and without the dates of segments`,
      place: { file: fileName(named) },
    });
  return found;
}

/** The header file beside a data or marker file, or null. The bytes of a data file themselves say nothing. */
export async function findHeaderFile(source: ByteSource): Promise<ByteSource | null> {
  const own = fileName(source.name);
  if (/\.[av]hdr$/i.test(own) || !source.sibling) return null;
  return (await source.sibling(`${base(own)}.vhdr`)) ?? source.sibling(`${base(own)}.ahdr`);
}

async function find(
  named: string,
  extensions: readonly string[],
  { source, diagnostics }: Surroundings,
): Promise<ByteSource | null> {
  const sibling: Sibling = source.sibling ?? (async () => null);
  const name = fileName(named);
  const own = fileName(source.name);
  const direct = name === own ? null : await sibling(name);
  if (direct) {
    if (name !== named)
      diagnostics.add({
        code: "BRAINVISION_RENAMED",
        message: `the header names '${named}' in another folder; '${name}' beside the header was taken`,
        place: { file: name },
      });
    return direct;
  }
  for (const extension of extensions) {
    const candidate = base(own) + extension;
    const renamed = candidate === name || candidate === own ? null : await sibling(candidate);
    if (!renamed) continue;
    diagnostics.add({
      code: "BRAINVISION_RENAMED",
      message: `the header names '${named}', which is not beside it; '${candidate}', which bears the header's name, was taken`,
      place: { file: candidate },
    });
    return renamed;
  }
  return null;
}

/** `$b` is the header's own name without its extension. */
function expand(named: string, source: ByteSource): string {
  return named.replaceAll("$b", base(fileName(source.name)));
}

/** The last part of a path of any system. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1)!;
}

function base(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}
