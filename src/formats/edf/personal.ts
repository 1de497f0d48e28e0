import type { Diagnostic } from "../../eeg/errors.ts";
import { dayNumber } from "../local-time.ts";
import { decodeText } from "./fields.ts";

/** Where the header keeps what may tell who was recorded, by whom and when. */
const patientField = { byte: 8, width: 80 };
const recordingField = { byte: 88, width: 80 };
const dateField = { byte: 168, width: 8 };

/** How many bytes of a file `personalData` and `anonymizedHeader` take. */
export const fixedHeaderBytes = 256;

const months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");

/**
 * What the identification fields of an EDF or BDF header tell of persons, and dates in them that cannot be. Says
 * what kind of thing stands there, not the thing itself, so that a log of it is no leak.
 * @param header the first 256 bytes
 */
export function personalData(header: Uint8Array): Diagnostic[] {
  const plus = /^(EDF|BDF)\+/.test(text(header, { byte: 192, width: 44 }));
  const found: Diagnostic[] = [];
  const personal = (what: string[], byte: number): void => {
    if (what.length > 0)
      found.push({
        code: "EDF_PERSONAL_DATA",
        message: `the header holds ${what.join(", ")} (byte ${byte}); brainwire anonymize clears it`,
        place: { byte },
      });
  };
  const patient = text(header, patientField);
  const recording = text(header, recordingField);
  const tells = (word: string | undefined): boolean => word !== undefined && !/^(X|\?|)$/i.test(word);
  if (plus) {
    const [code, sex, birthdate, name, ...more] = patient.split(/ +/);
    const subfields = { "a patient code": code, "a sex": sex, "a birthdate": birthdate, "a name": name };
    const what = Object.entries(subfields).flatMap(([kind, word]) => (tells(word) ? [kind] : []));
    if (more.some(tells)) what.push("more on the patient");
    personal(what, patientField.byte);
    const born = tells(birthdate) ? writtenDay(birthdate!) : undefined;
    const [, started, admin, technician] = /^Startdate (\S+) ?(\S*) ?(\S*)/.exec(recording) ?? [];
    const begun = tells(started) ? writtenDay(started!) : undefined;
    const impossible = (what: string, byte: number): void => {
      found.push({ code: "EDF_DATE", message: `${what} (byte ${byte})`, place: { byte } });
    };
    if (born === null) impossible("the birthdate is no date (dd-MMM-yyyy)", patientField.byte);
    if (begun === null) impossible("the Startdate is no date (dd-MMM-yyyy)", recordingField.byte);
    if (typeof born === "number" && typeof begun === "number" && born > begun)
      impossible("the birthdate lies after the recording", patientField.byte);
    personal(
      [...(tells(admin) ? ["a hospital's code"] : []), ...(tells(technician) ? ["a technician"] : [])],
      recordingField.byte,
    );
  } else {
    personal(patient.split(/ +/).some(tells) ? ["text on the patient"] : [], patientField.byte);
    const plain = recording.replace(/^Startdate \S+/, "").trim();
    personal(plain.split(/ +/).some(tells) ? ["text on the recording"] : [], recordingField.byte);
  }
  return found;
}

/**
 * The first 256 bytes of the file with patient and recording identification replaced by EDF+'s signs for unknown
 * (EDF+ 2.1.3.3), and the start date by 01.01.85 unless it is to be kept. All other bytes stay.
 */
export function anonymizedHeader(header: Uint8Array, date: "clear" | "keep"): Uint8Array {
  const bytes = header.slice(0, fixedHeaderBytes);
  const put = ({ byte, width }: { byte: number; width: number }, value: string): void => {
    bytes.set(new TextEncoder().encode(value.padEnd(width)), byte);
  };
  put(patientField, "X X X X");
  const kept = /^Startdate (\d\d-[A-Z]{3}-\d{4})\b/i.exec(text(header, recordingField));
  put(recordingField, `Startdate ${date === "keep" && kept ? kept[1]! : "X"} X X X`);
  if (date === "clear") put(dateField, "01.01.85");
  return bytes;
}

function text(header: Uint8Array, { byte, width }: { byte: number; width: number }): string {
  return decodeText(header.subarray(byte, byte + width))
    .replaceAll("\0", " ")
    .trim();
}

/** Days since 1970 of `dd-MMM-yyyy`, or null if there is no such day. */
function writtenDay(written: string): number | null {
  const match = /^(\d\d)-([A-Z]{3})-(\d{4})$/i.exec(written);
  const month = months.indexOf(match?.[2]?.toUpperCase() ?? "") + 1;
  return match ? dayNumber(Number(match[3]), month, Number(match[1])) : null;
}
