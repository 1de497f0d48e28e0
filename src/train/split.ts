/** Who trains, who chooses, who tests: always whole subjects. */
import { EegError } from "../eeg/errors.ts";
import { createRandom } from "../eeg/random.ts";

export interface Split {
  /** Subjects whose recordings are learned from. */
  readonly train: readonly string[];
  /** Subjects that choose: when to stop, the temperature, thresholds. */
  readonly choose: readonly string[];
  /** Subjects that nothing was fitted on. */
  readonly test: readonly string[];
}

/** Numbers from 0 to n - 1 in an order drawn at random (Fisher & Yates). */
export function permutation(n: number, seed: number): number[] {
  const random = createRandom(seed);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

export interface FoldOptions {
  /** How many folds there are. */
  readonly folds: number;
  /** Which one tests: subjects whose index modulo `folds` it is. */
  readonly fold: number;
  /** Share of the other subjects that choose, at least one. */
  readonly choose: number;
}

/**
 * One fold of a cross-validation. Subjects are counted in the order of their names; those who choose are drawn by a
 * seed that depends on the fold alone, so that designs and seeds meet the same people.
 */
export function foldSplit(subjects: readonly string[], { folds, fold, choose }: FoldOptions): Split {
  const sorted = [...new Set(subjects)].toSorted();
  if (sorted.length < folds * 2)
    throw new EegError(
      "TRAINING_DATA",
      `${folds} folds need at least ${folds * 2} subjects, but the recordings have ${sorted.length}`,
    );
  const test = sorted.filter((_, i) => i % folds === fold);
  const rest = sorted.filter((_, i) => i % folds !== fold);
  return { ...divide(rest, choose, fold), test };
}

/** Subjects drawn by a seed choose, the others train. */
export function shareSplit(subjects: readonly string[], choose: number, seed: number): Split {
  return { ...divide([...new Set(subjects)].toSorted(), choose, seed), test: [] };
}

function divide(subjects: readonly string[], choose: number, seed: number): Pick<Split, "train" | "choose"> {
  const n = Math.max(1, Math.round(subjects.length * choose));
  const chosen = new Set(permutation(subjects.length, seed).slice(0, n));
  return {
    train: subjects.filter((_, i) => !chosen.has(i)),
    choose: subjects.filter((_, i) => chosen.has(i)),
  };
}

/**
 * Subjects named one by one or as ranges: `["S001-S070", "S075"]`. A range holds the names between its ends in the
 * order of text.
 * @throws EegError TRAINING_DATA where a name or a range meets nobody
 */
export function namedSubjects(subjects: readonly string[], names: readonly string[]): string[] {
  const all = [...new Set(subjects)].toSorted();
  const named = names.flatMap((name) => {
    const [from, to = from] = all.includes(name) ? [name] : name.split("-");
    const found = all.filter((subject) => subject >= from! && subject <= to!);
    if (found.length === 0)
      throw new EegError("TRAINING_DATA", `split: no recording is of '${name}'; there are ${all.join(", ")}`);
    return found;
  });
  return [...new Set(named)];
}
