/** Something that happened to a stream, in a sentence. */
interface PageEvent {
  readonly kind: "state" | "loss" | "gap" | "marker";
  readonly text: string;
  /** Wall clock. */
  readonly at: Date;
  /** Of the events like it in a row, this one included. */
  readonly times: number;
}

/** The latest events, newest first. */
export interface EventLog {
  /** Counts changes. */
  readonly version: number;
  readonly events: readonly PageEvent[];
  /** The latest loss; null if there was none. */
  readonly loss: PageEvent | null;
  push(kind: PageEvent["kind"], text: string): void;
}

export function createEventLog(limit: number): EventLog {
  let events: PageEvent[] = [];
  let version = 0;
  let loss: PageEvent | null = null;
  return {
    get version() {
      return version;
    },
    get events() {
      return events;
    },
    get loss() {
      return loss;
    },
    push(kind, text) {
      version++;
      const [last, ...older] = events;
      const again = last?.kind === kind && last.text === text;
      const event = { kind, text, at: new Date(), times: again ? last.times + 1 : 1 };
      if (kind === "loss") loss = event;
      events = [event, ...(again ? older : events)].slice(0, limit);
    },
  };
}
