import type { Diagnostic } from "../../eeg/errors.ts";
import type { Channel } from "../../eeg/stream-info.ts";

/** Label and unit of a channel as their fields can hold them. */
interface FieldTexts {
  readonly label: string;
  readonly unit: string;
}

/** Labels of 16 and units of 8 ASCII characters, the labels unique; each change becomes a diagnostic. */
export function fieldTexts(channels: readonly Channel[], diagnostics: Diagnostic[]): readonly FieldTexts[] {
  const taken = new Set<string>();
  const change = (channel: string, from: string, to: string): string => {
    if (from !== to)
      diagnostics.push({
        code: "EDF_TEXT",
        message: `'${from}' does not fit its field in the header; '${to}' is written`,
        place: { channel },
      });
    return to;
  };
  return channels.map((channel) => {
    const plain = ascii(channel.label).slice(0, 16).trim() || "channel";
    let label = /^[EB]DF Annotations$/.test(plain) ? plain.replace(" ", "_") : plain;
    for (let n = 1; taken.has(label); n++) label = `${plain.slice(0, 16 - String(n).length - 1)}-${n}`;
    taken.add(label);
    const unit = channel.unit.replace(/^[µμ]/, "u").replace(/^°/, "deg");
    return {
      label: change(channel.label, channel.label, label),
      unit: change(channel.label, unit, ascii(unit).slice(0, 8).trim()),
    };
  });
}

/** Accents off, then a question mark for what ASCII lacks. */
function ascii(text: string): string {
  return text
    .replace(/[µμ]/g, "u")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^ -~]/gu, "?");
}
