import { clockText } from "./times.ts";
import type { FeedDecision } from "./feed.ts";
import type { Watch } from "./shown.ts";
import type { Theme } from "./theme.ts";
import { element, make, setText, type View } from "./view.ts";
import { noteWords, reasonSentences } from "./words.ts";

interface Bar {
  readonly row: HTMLElement;
  readonly fill: HTMLElement;
  readonly value: HTMLElement;
}

/** Other models that the stream could be decoded by; none where that is the server's choice. */
export interface ModelChoice {
  models(): readonly string[];
  choose(model: string): void;
}

/** What the decoder says now: the label, how probable each is, or why it says nothing. */
export function createNowView(choice: ModelChoice): View {
  const label = element("label");
  const reason = element("reason");
  const model = element("model");
  const list = element("probabilities");
  const others = element<HTMLSelectElement>("models");
  others.addEventListener("change", () => choice.choose(others.value));
  let theme: Theme | null = null;
  let labels: readonly string[] = [];
  let bars: readonly Bar[] = [];
  let drawn: FeedDecision | null | undefined;
  let drawnModel = true;

  function arrange(next: readonly string[]): void {
    labels = next;
    bars = labels.map((name, i) => {
      const fill = make("i");
      const bar = make("span", fill);
      bar.className = "bar";
      const value = make("output", "–");
      const row = make("li", make("span", name), bar, value);
      row.dataset["label"] = name;
      bar.style.color = theme?.label(i) ?? "";
      return { row, fill, value };
    });
    list.replaceChildren(...bars.map(({ row }) => row));
    drawn = undefined;
  }

  function offer(present: string | null): void {
    const models = choice.models();
    others.hidden = models.length < 2;
    model.hidden = !others.hidden;
    if (others.hidden) return;
    if (others.options.length !== models.length)
      others.replaceChildren(...models.map((name) => new Option(name, name)));
    if (present !== null && document.activeElement !== others) others.value = present;
  }

  function paint(decision: FeedDecision | null, hasModel: boolean): void {
    const said = decision && !decision.abstained ? decision.label : null;
    setText(label, said ?? (decision ? "no label" : hasModel ? "waiting" : "not decoded"));
    label.dataset["label"] = said ?? "";
    label.style.color = said === null ? "" : (theme?.label(labels.indexOf(said)) ?? "");
    if (decision && said === null) {
      const why = decision.reasons.map((each) => reasonSentences[each]).join("; ");
      setText(reason, `${why.charAt(0).toUpperCase()}${why.slice(1)}`);
    } else if (decision) {
      const notes = decision.reasons.map((each) => noteWords[each] ?? reasonSentences[each]).join("; ");
      const percent = decision.probability === null ? "" : `${Math.round(100 * decision.probability)} %`;
      setText(reason, `${percent} at ${clockText(decision.time, 1)}${notes ? `; ${notes}` : ""}`);
    } else setText(reason, hasModel ? "" : "No model was given: brainwire serve … --model eyes");
    reason.title = reason.textContent;
    bars.forEach(({ fill, value }, i) => {
      const probability = decision?.probabilities?.[labels[i]!] ?? null;
      fill.style.transform = `scaleX(${probability ?? 0})`;
      setText(value, probability === null ? "–" : probability.toFixed(2));
    });
  }

  return {
    draw(watched: Watch | null) {
      const known = watched?.state.stream?.model ?? null;
      const named = known ? `${known.name} ${known.version}` : "";
      setText(model, named);
      offer(known?.name ?? null);
      const wanted = known?.labels ?? [];
      if (wanted.join("\n") !== labels.join("\n")) arrange(wanted);
      const decision = watched?.shown?.decisions.last?.decision ?? null;
      const hasModel = known !== null || !watched?.state.stream;
      if (decision === drawn && hasModel === drawnModel) return;
      drawn = decision;
      drawnModel = hasModel;
      paint(decision, hasModel);
    },
    restyle(next) {
      theme = next;
      arrange(labels);
    },
  };
}
