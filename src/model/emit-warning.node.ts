import type { Diagnostic } from "../eeg/errors.ts";

/** Hands a warning on to whoever listens to the process's, by default stderr. */
export function emitWarning({ code, message }: Diagnostic): void {
  process.emitWarning(message, { code });
}
