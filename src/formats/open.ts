import { EegError } from "../eeg/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { findHeaderFile } from "./brainvision/files.ts";
import { isBrainVision } from "./brainvision/header.ts";
import { openBrainVision } from "./brainvision/reader.ts";
import { openEdf } from "./edf/reader.ts";
import { decodeLatin1 } from "./edf/fields.ts";
import { isGdf } from "./gdf/header.ts";
import { openGdf } from "./gdf/reader.ts";
import type { RecordingFile } from "./recording.ts";
import { isXdf, openXdf } from "./xdf/reader.ts";

/**
 * Opens a recording in any format that brainwire reads, recognised by its content, not by its name. A recording
 * of several files may be opened by any of them.
 * The source is closed if it cannot be opened.
 * @throws EegError FORMAT_UNKNOWN, and what the format's reader throws
 */
export async function openRecording(source: ByteSource): Promise<RecordingFile> {
  try {
    const head = await source.read(0, Math.min(source.size, 256));
    if (isEdf(head)) return await openEdf(source);
    if (isBrainVision(head)) return await openBrainVision(source);
    if (isGdf(head)) return await openGdf(source);
    if (isXdf(head)) return await openXdf(source);
    const header = await findHeaderFile(source);
    if (!header) throw new EegError("FORMAT_UNKNOWN", `${source.name}: ${whatItIs(head)}`);
    const recording = await openRecording(header);
    await source.close();
    return recording;
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** By the first byte, or by where an EDF header has its date, time and numbers. */
function isEdf(head: Uint8Array): boolean {
  const text = decodeLatin1(head);
  if (head[0] === 0xff && text.startsWith("BIOSEMI", 1)) return true;
  if (/^0[ \0]{7}/.test(text)) return true;
  return /^\d\d\D\d\d\D..\d\d\D\d\d\D\d\d[ \d]{8}/.test(text.slice(168));
}

/** How files begin that are no recording, or none that is read, and what their owner can do. */
const beginnings: readonly (readonly [string | RegExp, string])[] = [
  [/^$/, "the file is empty"],
  [/^\0+$/, "only zero bytes where a header should be; the copy was interrupted or the disk is damaged"],
  ["\x1f\x8b", "gzip data; unpack it first (gunzip)"],
  ["PK\x03\x04", "a zip archive; unpack it first"],
  ["7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"],
  ["BZh", "bzip2 data; unpack it first (bunzip2)"],
  ["\xfd7zXZ\0", "xz data; unpack it first (unxz)"],
  ["\x28\xb5\x2f\xfd", "Zstandard data; unpack it first (unzstd)"],
  [
    /^(?:\xff\xfe|\xfe\xff|(?:[ -~]\0){8}|(?:\0[ -~]){8})/,
    "UTF-16 text; the recording was saved by a text editor, take the original",
  ],
  ["\xef\xbb\xbf0       ", "an EDF file saved as text with a byte order mark; take the original"],
  [
    /^\s*<(?:!doctype html|html|head|body)/i,
    "a web page; the download was refused or needs a login, fetch the recording itself",
  ],
  ["version https://git-lfs", "a Git LFS pointer; fetch the recording itself (git lfs pull)"],
  ["/annex/objects/", "a git-annex pointer; fetch the recording itself (git annex get)"],
  [
    /^(?:\xef\xbb\xbf)?;?\s*Brain ?Vision.*Marker/i,
    "the marker file of a BrainVision recording whose header file (.vhdr) is not beside it",
  ],
  ["\x89HDF", "an HDF5 or MATLAB 7.3 file; convert it to EDF first"],
  ["MATLAB ", "a MATLAB or EEGLAB file; convert it to EDF first"],
];

function whatItIs(head: Uint8Array): string {
  const text = decodeLatin1(head);
  const known = beginnings.find(([form]) =>
    typeof form === "string" ? text.startsWith(form) : form.test(text),
  );
  if (known) return known[1];
  const bytes = [...head.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `no format that brainwire reads: an EDF file begins with '0' and seven spaces, a BDF file with ff 42 49 4f 53 45 4d 49, a GDF file with 'GDF', an XDF file with 'XDF:', a BrainVision header with its name, this one with ${bytes} (byte 0); convert it to EDF first`;
}
