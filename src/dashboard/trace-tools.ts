import type { DerivationName } from "./derivation.ts";
import { stepScale, windowChoices, type FilterName, type TracesView } from "./traces-view.ts";
import { choice, element, setText } from "./view.ts";

/** What the keyboard does, beside the buttons. */
export interface TraceTools {
  /** Shows what the view's settings are. */
  refresh(): void;
  scale(by: 1 | -1): void;
  autoScale(): void;
  seconds(by: 1 | -1): void;
  page(by: 1 | -1): void;
  nextDerivation(): void;
  nextFilter(): void;
}

const derivationNames = [
  ["recorded", "as recorded", "Channels as they came (D)"],
  ["average", "average", "Less the mean of all EEG channels (D)"],
  ["longitudinal", "longitudinal", "Differences of neighbours from front to back (D)"],
] as const satisfies readonly (readonly [DerivationName, string, string])[];

const filters = [
  ["off", "unfiltered", "Drawn as they came, about their mean (F)"],
  ["1-45", "1–45 Hz", "Band-pass for display only; the decoder has its own (F)"],
] as const satisfies readonly (readonly [FilterName, string, string])[];

/** The buttons above the traces. */
export function createTraceTools(view: () => TracesView): TraceTools {
  const [smaller, scaleOutput, larger, auto] = parts("scale");
  const [fewer, secondsOutput, more] = parts("window");
  const [before, pageOutput, behind] = parts("pages");
  const pages = element("pages");
  const chooseDerivation = choice(element("derivation"), derivationNames, (derivation) => {
    if (view().settings.derivation !== derivation) view().set({ derivation, page: 0 });
  });
  const chooseFilter = choice(element("filter"), filters, (filter) => {
    if (view().settings.filter !== filter) view().set({ filter });
  });

  const tools: TraceTools = {
    refresh() {
      const { settings, pages: at } = view();
      const { scale, autoScale, windowSeconds, derivation, filter, page } = settings;
      setText(scaleOutput!, scale >= 1000 ? `${scale / 1000} mV` : `${scale} µV`);
      auto!.setAttribute("aria-pressed", String(autoScale));
      setText(secondsOutput!, `${windowSeconds} s`);
      chooseDerivation(derivation);
      chooseFilter(filter);
      pages.hidden = at.count < 2;
      setText(pageOutput!, `${at.first}–${at.last} of ${at.all}`);
      (before as HTMLButtonElement).disabled = page === 0;
      (behind as HTMLButtonElement).disabled = page >= at.count - 1;
    },
    scale: (by) => stepScale(view(), by),
    autoScale: () => view().set({ autoScale: !view().settings.autoScale }),
    seconds(by) {
      const { windowSeconds } = view().settings;
      const at = windowChoices.findIndex((seconds) => seconds === windowSeconds);
      view().set({ windowSeconds: windowChoices[at + by] ?? windowSeconds });
    },
    page(by) {
      const { settings, pages: at } = view();
      view().set({ page: Math.min(at.count - 1, Math.max(0, settings.page + by)) });
    },
    nextDerivation: () => chooseDerivation(after(derivationNames, view().settings.derivation)),
    nextFilter: () => chooseFilter(after(filters, view().settings.filter)),
  };
  smaller!.addEventListener("click", () => tools.scale(1)); // more µV a row: smaller on the screen
  larger!.addEventListener("click", () => tools.scale(-1));
  auto!.addEventListener("click", () => tools.autoScale());
  fewer!.addEventListener("click", () => tools.seconds(-1));
  more!.addEventListener("click", () => tools.seconds(1));
  before!.addEventListener("click", () => tools.page(-1));
  behind!.addEventListener("click", () => tools.page(1));
  return tools;
}

function parts(id: string): readonly Element[] {
  return [...element(id).children];
}

function after<Name>(names: readonly (readonly [Name, string, string])[], name: Name): Name {
  const at = names.findIndex(([each]) => each === name);
  return names[(at + 1) % names.length]![0];
}
