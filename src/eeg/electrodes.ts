import { electrodeTable } from "./electrode-table.ts";
import type { ChannelType, Position } from "./stream-info.ts";

export interface Electrode {
  /** Of the 10-05 system, or `A1 A2 M1 M2 Nose`. */
  readonly name: string;
  readonly position: Position;
}

/** A channel that is the difference of two electrodes of the scalp. It has no position. */
export interface Derivation {
  readonly anode: string;
  readonly cathode: string;
}

/** Names by which recordings call electrodes of the table: those of the 10-20 system (Jasper 1958), landmarks. */
// prettier-ignore
const synonyms: Readonly<Record<string, string>> = {
  T3: "T7", T4: "T8", T5: "P7", T6: "P8", T1: "FT9", T2: "FT10",
  nasion: "Nz", inion: "Iz", LPA: "T9", RPA: "T10",
};

const electrodes: ReadonlyMap<string, Electrode & { order: number }> = (() => {
  const byName = new Map<string, Electrode & { order: number }>();
  for (const [name, position] of electrodeTable)
    byName.set(name.toLowerCase(), { name, position, order: byName.size });
  for (const [name, known] of Object.entries(synonyms))
    byName.set(name.toLowerCase(), byName.get(known.toLowerCase())!);
  return byName;
})();

const offScalp: ReadonlySet<string> = new Set(["A1", "A2", "M1", "M2", "Nose"]);

/** What stands for a reference after the dash in clinical exports: linked ears, averages, an unnamed electrode. */
const commonReference =
  /^(?:ref(?:erence)?\d*|re|le|lle|ler|lm|linked ?(?:ears|mastoids)|ears?|av|avg|ave|average|ar|car|aar?|org|com|gnd|[am]1 ?[+/]? ?[am]2|\([am]1\+[am]2\)(?:\/2)?|0\.5\*\([am]1\+[am]2\))$/i;

interface Parsed {
  /** The label without padding, modality and trailing dots. */
  readonly text: string;
  /** Whether the label itself says EEG. */
  readonly declared: boolean;
  readonly electrode: (Electrode & { order: number }) | undefined;
  readonly cathode: string | null;
  readonly bipolar: boolean;
}

function parse(label: string): Parsed {
  const whole = label.trim().replace(/\.+$/, "").trim();
  const text = whole.replace(/^(?:EEG|POL)[\s:_-]+/i, "");
  const declared = /^EEG\b/i.test(whole);
  const parts = text.split(/\s*[-\u2013\u2212]\s*/);
  if (parts.length > 1 && /^\d+$/.test(parts.at(-1)!)) parts.pop(); // a number that only makes the label unique
  const [first = "", second, third] = parts;
  const anode = electrodes.get(first.toLowerCase());
  const none = { text, declared, electrode: undefined, cathode: null, bipolar: false };
  if (!anode || third !== undefined) return none;
  if (second === undefined) return { ...none, electrode: anode };
  const cathode = electrodes.get(second.toLowerCase());
  if (cathode && (!offScalp.has(cathode.name) || offScalp.has(anode.name)))
    return { ...none, electrode: anode, cathode: cathode.name, bipolar: true };
  if (cathode) return { ...none, electrode: anode, cathode: cathode.name };
  return commonReference.test(second) ? { ...none, electrode: anode, cathode: second } : none;
}

/**
 * The electrode that a channel's label names: `Fc5.`, `EEG Fp1-REF`, `EEG C3-A2` (C3 against the right ear), `T3`.
 * @returns null for a derivation (`Fp1-F7`), a label of another modality, or an unknown one
 */
export function electrode(label: string): Electrode | null {
  const { electrode: found, bipolar } = parse(label);
  return found && !bipolar ? { name: found.name, position: found.position } : null;
}

/** A letter and a number: how the 10-05 system names electrodes, amplifiers sockets, surgeons contacts. */
const letterAndNumber = /^[a-z]'?\d{1,3}$/i;
/** Of those letters, the ones that the system has. */
const systemLetter = /^[acfimnopt]/i;

/**
 * The electrodes of a recording's channels. Where four labels or more continue the system's letters with numbers
 * that it has not (`A12`, `C7`, `O9`), they number the sockets of an amplifier, as BioSemi's caps of 128 do, or
 * contacts in the brain: then `C3` beside them is no electrode of the scalp either, while `Cz` and `Fp1` still are.
 * @returns null for each label that names no electrode
 */
export function electrodesOf(labels: readonly string[]): readonly (Electrode | null)[] {
  const isNumbered = (label: string): boolean => letterAndNumber.test(parse(label).text.split(/\s*-/)[0]!);
  const strangers = labels.filter(
    (label) => isNumbered(label) && systemLetter.test(parse(label).text) && !parse(label).electrode,
  );
  const sockets = strangers.length >= 4;
  return labels.map((label) => (sockets && isNumbered(label) ? null : electrode(label)));
}

/**
 * The electrode's place in the table, front to back and left to right: the order in which channels are summed,
 * whatever their order in the file.
 * @returns `Number.MAX_SAFE_INTEGER` where the label names no electrode
 */
export function electrodeOrder(label: string): number {
  const { electrode: found, bipolar } = parse(label);
  return found && !bipolar ? found.order : Number.MAX_SAFE_INTEGER;
}

/**
 * A channel's label in the 10-05 system's spelling: `EEG T3-REF` is `T7`, `FP1 - F7` is `Fp1-F7`. What is
 * neither electrode nor derivation only loses padding, trailing dots and the word EEG.
 */
export function normaliseLabel(label: string): string {
  const { electrode: found, bipolar, cathode, text } = parse(label);
  if (!found) return text;
  return bipolar ? `${found.name}-${cathode}` : found.name;
}

/** The two electrodes of a bipolar channel (`Fp1-F7`, `EEG Fpz-Cz`), or null if the label is none. */
export function derivation(label: string): Derivation | null {
  const { electrode: found, bipolar, cathode } = parse(label);
  return found && bipolar && cathode !== null ? { anode: found.name, cathode } : null;
}

/** What a label says was subtracted: `A2` of `EEG C3-A2`, `REF` of `Fp1-REF`, `F7` of `Fp1-F7`; else null. */
export function referenceOf(label: string): string | null {
  return parse(label).cathode;
}

/** Words that begin the labels of other modalities, as EDF+ (section 2.1.3.2), MNE and clinical exports have them. */
const modalities: readonly (readonly [ChannelType, RegExp])[] = [
  ["trig", /^(?:dig )?d?(?:trig|status|sti(?:m|\b)|event|marker)/i],
  ["ecg", /^(?:ecg|ekg)/i],
  ["eog", /^(?:[hvlr]?eog|[hv]eo[glrud]?\b|loc\b|roc\b|e[12]-[am][12]$)/i],
  ["emg", /^(?:emg|chin|[lr]?leg\b|[lr]at\b|tib|submental)/i],
];

/** Labels of EEG amplifiers that number their electrodes: `B12` (BioSemi), `E101` (EGI), `Channel-3`. */
const numbered = /^(?:[a-h]\d{1,2}|e\d{1,3}|ch(?:annel|an)?[ _-]?\d+)$/i;

/**
 * What kind of signal a label announces. `misc` is what is neither named as a modality nor as an electrode:
 * respiration, temperature, acceleration, a test signal.
 */
export function channelType(label: string): ChannelType {
  const { text, electrode: found, declared } = parse(label);
  for (const [type, words] of modalities) if (words.test(text)) return type;
  return found || declared || numbered.test(text) ? "eeg" : "misc";
}
