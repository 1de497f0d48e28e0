/**
 * What is told of an entry beside its bytes.
 * @internal
 */
export interface EntryRow {
  /** A code of its kind. */
  readonly kind: number;
  readonly segment: number;
  readonly start: number;
  readonly nSamples: number;
  readonly atMs: number;
  /** Bytes of everything before it, since the log began. */
  readonly before: number;
  /** Where its content stands. */
  readonly room: number;
  readonly offset: number;
  readonly length: number;
  /** Of samples; else 0. */
  readonly stream: number;
  readonly nChannels: number;
  readonly timeNs: bigint;
}

type Column = keyof Omit<EntryRow, "timeNs">;

/**
 * Rows of numbers that come at one end and go at the other, in columns: a server holds some hundred thousand of them,
 * and objects would all be walked over by every collection of garbage.
 */
export interface EntryTable {
  /** Numbers of the oldest row and of the next one to come; they are never given again. */
  readonly first: number;
  readonly end: number;
  push(row: EntryRow): void;
  /** The oldest row goes. */
  shift(): void;
  /** One number of a row that is there. */
  get(number: number, column: Column): number;
  timeNs(number: number): bigint;
}

const firstCapacity = 64;

function createColumns(capacity: number) {
  return {
    kind: new Uint8Array(capacity),
    segment: new Float64Array(capacity),
    start: new Float64Array(capacity),
    nSamples: new Float64Array(capacity),
    atMs: new Float64Array(capacity),
    before: new Float64Array(capacity),
    room: new Int32Array(capacity),
    offset: new Int32Array(capacity),
    length: new Int32Array(capacity),
    stream: new Float64Array(capacity),
    nChannels: new Int32Array(capacity),
    timeNs: new BigInt64Array(capacity),
  };
}

const names = [
  "kind",
  "segment",
  "start",
  "nSamples",
  "atMs",
  "before",
  "room",
  "offset",
  "length",
  "stream",
  "nChannels",
] as const satisfies readonly Column[];

export function createEntryTable(): EntryTable {
  let capacity = firstCapacity;
  let columns = createColumns(capacity);

  function grow(): void {
    const { first, end } = table;
    const smaller = columns;
    columns = createColumns(2 * capacity);
    // rows lie in turn: those before a multiple of the capacity at the end, the others at the beginning
    const turn = Math.ceil(first / capacity) * capacity;
    for (const [from, to] of [
      [first, turn],
      [turn, end],
    ] as const) {
      const begin = from % capacity;
      const place = from % (2 * capacity);
      for (const name of names) columns[name].set(smaller[name].subarray(begin, begin + to - from), place);
      columns.timeNs.set(smaller.timeNs.subarray(begin, begin + to - from), place);
    }
    capacity *= 2;
  }

  const table = {
    first: 0,
    end: 0,
    push(row: EntryRow) {
      if (table.end - table.first === capacity) grow();
      const i = table.end++ % capacity;
      columns.kind[i] = row.kind;
      columns.segment[i] = row.segment;
      columns.start[i] = row.start;
      columns.nSamples[i] = row.nSamples;
      columns.atMs[i] = row.atMs;
      columns.before[i] = row.before;
      columns.room[i] = row.room;
      columns.offset[i] = row.offset;
      columns.length[i] = row.length;
      columns.stream[i] = row.stream;
      columns.nChannels[i] = row.nChannels;
      columns.timeNs[i] = row.timeNs;
    },
    shift: () => void table.first++,
    get: (number: number, column: Column) => columns[column][number % capacity]!,
    timeNs: (number: number) => columns.timeNs[number % capacity]!,
  };
  return table;
}
