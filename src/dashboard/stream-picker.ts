import { element } from "./view.ts";

/** One thing that can be watched. */
export interface Choice {
  /** `live:NAME` or `file`. */
  readonly value: string;
  readonly text: string;
}

export interface StreamPicker {
  /** What there is to choose from, and what is chosen. */
  show(choices: readonly Choice[], chosen: string | null): void;
  /** Chooses the next, round and round. */
  next(): void;
}

/** @param chosen called with the value of what the user chose */
export function createStreamPicker(chosen: (value: string) => void): StreamPicker {
  const select = element<HTMLSelectElement>("stream");
  let shown = "";
  select.addEventListener("change", () => {
    select.blur();
    chosen(select.value);
  });
  return {
    show(choices, value) {
      const key = JSON.stringify(choices);
      if (key !== shown) {
        shown = key;
        select.replaceChildren(...choices.map((each) => new Option(each.text, each.value)));
        if (choices.length === 0) select.append(new Option("no stream", ""));
      }
      select.disabled = choices.length < 2;
      select.value = value ?? choices[0]?.value ?? "";
    },
    next() {
      if (select.options.length < 2) return;
      const option = select.options[(select.selectedIndex + 1) % select.options.length]!;
      select.value = option.value;
      chosen(option.value);
    },
  };
}
