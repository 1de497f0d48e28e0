/** The text that BrainVision header and marker files are made of: sections of `key=value` lines. */

export interface Sections {
  /** The first line, which names the kind of file and its version. */
  readonly title: string;
  /** By section and key in lower case. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, Entry>>;
  /** The lines of the `[Comment]` section. */
  readonly comment: readonly string[];
}

export interface Entry {
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

/** What may end the free text of the `[Comment]` section. */
const knownSections: ReadonlySet<string> = new Set([
  "common infos",
  "user infos",
  "ascii infos",
  "binary infos",
  "channel infos",
  "channel user infos",
  "coordinates",
  "marker infos",
  "marker user infos",
  "comment",
  "signature",
]);

/** Sections of a header or marker file (BrainVision Core Data Format 1.0, and 2.0 as Analyzer writes it). */
export function parseSections(bytes: Uint8Array): Sections {
  const lines = decodeHeaderText(bytes).split(/\r\n|\n|\r/);
  const values = new Map<string, Map<string, Entry>>();
  const comment: string[] = [];
  let section = "";
  for (const [i, text] of lines.entries()) {
    const heading = /^\s*\[([^\]]+)\]\s*$/.exec(text)?.[1]!.trim().toLowerCase();
    if (heading !== undefined && (section !== "comment" || knownSections.has(heading))) {
      section = heading;
      if (!values.has(section)) values.set(section, new Map());
    } else if (section === "comment") {
      comment.push(text);
    } else if (section !== "" && !text.startsWith(";")) {
      const equals = text.indexOf("=");
      const key = text.slice(0, Math.max(equals, 0)).trim().toLowerCase();
      const entries = values.get(section)!;
      if (key !== "" && !entries.has(key)) entries.set(key, { value: text.slice(equals + 1), line: i + 1 });
    }
  }
  return { title: (lines[0] ?? "").trim(), values, comment };
}

/** Fields between commas; a comma within a field is written `\1`. */
export function splitFields(value: string): string[] {
  return value.split(",").map((field) => field.replaceAll("\\1", ","));
}

/**
 * `Codepage=ANSI` is Windows-1252 in all of the Western world. Without a code page the text is UTF-8 if it is
 * valid as that: older recorders wrote ANSI, most other programs UTF-8.
 */
function decodeHeaderText(bytes: Uint8Array): string {
  const ansi = new TextDecoder("windows-1252").decode(bytes);
  if (/^\s*codepage\s*=\s*ansi\s*$/im.test(ansi)) return ansi;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return ansi;
  }
}
