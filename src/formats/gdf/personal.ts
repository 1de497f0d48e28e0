import type { Diagnostic } from "../../eeg/errors.ts";
import { decodeText } from "../edf/fields.ts";

/**
 * What the header of a GDF file tells of persons: the fields for patient and recording, and from version 1.90 on a
 * birthday. Says what kind of thing stands there, not the thing itself.
 * @param header the first 256 bytes
 */
export function gdfPersonalData(header: Uint8Array): Diagnostic[] {
  const old = Number(decodeText(header.subarray(4, 8))) < 1.9;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const found: Diagnostic[] = [];
  const personal = (what: string, byte: number): void =>
    void found.push({
      code: "GDF_PERSONAL_DATA",
      message: `the header holds ${what} (byte ${byte}); convert the file and pass that on`,
      place: { byte },
    });
  if (tells(header.subarray(8, old ? 88 : 74))) personal("text on the patient", 8);
  if (tells(header.subarray(88, old ? 168 : 152))) personal("text on the recording", 88);
  if (!old && view.getUint32(180, true) > 0) personal("a birthday", 176);
  return found;
}

/** Whether a field says more than that nothing is known (X). */
function tells(field: Uint8Array): boolean {
  const end = field.indexOf(0);
  const text = decodeText(end < 0 ? field : field.subarray(0, end));
  return text.split(/\s+/).some((word) => !/^(X|\?|)$/i.test(word));
}
