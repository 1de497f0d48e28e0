import type { Diagnostic } from "../eeg/errors.ts";

/** Faults met so far, each once, and no more of a kind than a person would read. */
export interface Diagnostics {
  readonly list: readonly Diagnostic[];
  add(diagnostic: Diagnostic): void;
}

/** A file with a fault in each of a million records must not fill memory with sentences about it. */
const keptOfAKind = 20;

export function createDiagnostics(): Diagnostics {
  const list: Diagnostic[] = [];
  const seen = new Set<string>();
  const ofAKind = new Map<string, number>();
  return {
    list,
    add(diagnostic) {
      const count = ofAKind.get(diagnostic.code) ?? 0;
      if (count > keptOfAKind || seen.has(diagnostic.message)) return;
      seen.add(diagnostic.message);
      ofAKind.set(diagnostic.code, count + 1);
      list.push(
        count < keptOfAKind
          ? diagnostic
          : { code: diagnostic.code, message: "there are more faults of this kind; they are not listed" },
      );
    },
  };
}
