/** A graph that a runtime made ready, whichever runtime it is. */
export interface GraphSession {
  /** What it runs on, for people, where the runtime knows better than who asked for it. */
  readonly device?: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /**
   * Runs the graph once; the thread stands still until it is done.
   * @param feeds a float32 tensor for each input, by name
   * @param wanted outputs to compute
   */
  run(
    feeds: Readonly<Record<string, Feed>>,
    wanted: readonly string[],
  ): Promise<Readonly<Record<string, Feed>>>;
  release(): Promise<void>;
}

/** A tensor to be given to a graph, or taken from it. */
export interface Feed {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** An input or output: numbers of fixed axes, names of free ones. */
export interface GraphValue {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}
