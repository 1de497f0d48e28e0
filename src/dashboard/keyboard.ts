import { element, make } from "./view.ts";

/** A key that does something: as `KeyboardEvent.key` has it, in lower case. */
export interface Shortcut {
  readonly keys: readonly string[];
  /** How the keys are shown. */
  readonly shown: readonly string[];
  readonly does: string;
  act(event: KeyboardEvent): void;
}

/** Listens to the keyboard, and lists what it does in the help. */
export function listenToKeys(shortcuts: readonly Shortcut[]): void {
  const help = element<HTMLDialogElement>("help");
  element("keys").replaceChildren(
    ...shortcuts.flatMap(({ shown, does }) => {
      const keys = shown.flatMap((key, i) => [...(i > 0 ? [" "] : []), make("kbd", key)]);
      return [make("dt", ...keys), make("dd", does)];
    }),
  );
  element("help-open").addEventListener("click", () => help.showModal());
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    const target = event.target as HTMLElement;
    if (target.matches("select, input:not([type=range])")) return;
    if (key === " " && target.matches("button")) return; // presses it
    if (target.matches("input[type=range]") && key.startsWith("arrow")) target.blur();
    const shortcut = shortcuts.find(({ keys }) => keys.includes(key));
    if (!shortcut) return;
    event.preventDefault();
    shortcut.act(event);
  });
}
