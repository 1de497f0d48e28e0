import { restState, type Sections } from "./sections.ts";

/**
 * Filters channels by second-order sections in direct form II transposed, as `scipy.signal.sosfilt` with the
 * start state `sosfilt_zi * x[0]`: float64 between the sections, and the operations in SciPy's order.
 */
export interface Sosfilt {
  /**
   * Filters stretch `[from, to)` of the input, which continues channel `channel`, into the same place of the output. A
   * sample that is not finite gives NaN, and the channel restarts at the next one that is.
   */
  run(channel: number, stretch: Stretch): void;
  /** Forgets what was: every channel restarts at its next sample. */
  restart(): void;
}

export interface Stretch {
  readonly input: Float32Array;
  readonly output: Float32Array;
  readonly from: number;
  readonly to: number;
}

/** What a kernel works on; one object serves all calls, so that filtering allocates nothing. */
interface Run {
  readonly sections: Sections;
  /** Two numbers a section and channel. */
  readonly state: Float64Array;
  /** Where the channel's state begins. */
  at: number;
  input: Float32Array;
  output: Float32Array;
  from: number;
  to: number;
}

/** Filters, and keeps the new state only if the last output is finite. @returns whether it is */
type Kernel = (run: Run) => boolean;

const nothing = new Float32Array(0);

export function createSosfilt(sections: Sections, nChannels: number): Sosfilt {
  const perChannel = sections.length / 3;
  const rest = restState(sections);
  const state = new Float64Array(nChannels * perChannel);
  const fresh = new Uint8Array(nChannels).fill(1);
  const kernel = kernelFor(sections);
  const run: Run = { sections, state, at: 0, input: nothing, output: nothing, from: 0, to: 0 };

  function start(channel: number, sample: number): void {
    for (let k = 0, at = channel * perChannel; k < perChannel; k++) state[at + k] = rest[k]! * sample;
    fresh[channel] = 0;
  }

  /** Filters the runs of finite samples between those that are not. */
  function runPieces(channel: number, { input, output, from, to }: Stretch): void {
    for (let i = from; i < to;) {
      const sample = input[i]!;
      if (!isFinite(sample)) {
        output[i++] = NaN;
        fresh[channel] = 1;
        continue;
      }
      if (fresh[channel] === 1) start(channel, sample);
      run.from = i;
      while (i < to && isFinite(input[i]!)) i++;
      run.to = i;
      kernel(run);
    }
  }

  return {
    run(channel, stretch) {
      const { input, from, to } = stretch;
      if (from >= to) return;
      run.at = channel * perChannel;
      run.input = input;
      run.output = stretch.output;
      run.from = from;
      run.to = to;
      if (fresh[channel] === 1 && isFinite(input[from]!)) start(channel, input[from]!);
      // A sample that is not finite poisons all that follows, so looking at the last output is enough.
      if (fresh[channel] === 1 || !kernel(run)) runPieces(channel, stretch);
    },
    restart: () => void fresh.fill(1),
  };
}

function isFinite(x: number): boolean {
  return x - x === 0;
}

/** Coefficients and state in locals make twice the speed, hence a function for each of the usual counts. */
function kernelFor(sections: Sections): Kernel {
  const kernels: Readonly<Record<number, Kernel>> = { 6: run1, 12: run2, 24: run4 };
  return kernels[sections.length] ?? runAny;
}

const run1: Kernel = ({ sections: c, state, at, input, output, from, to }) => {
  const pb0 = c[0]!;
  const pb1 = c[1]!;
  const pb2 = c[2]!;
  const pa1 = c[4]!;
  const pa2 = c[5]!;
  let p0 = state[at]!;
  let p1 = state[at + 1]!;
  let y = 0;
  for (let i = from; i < to; i++) {
    const x = input[i]!;
    y = pb0 * x + p0;
    p0 = pb1 * x - pa1 * y + p1;
    p1 = pb2 * x - pa2 * y;
    output[i] = y;
  }
  if (!isFinite(y)) return false;
  state[at] = p0;
  state[at + 1] = p1;
  return true;
};

// Four samples a turn: the compiler holds the state in registers within a turn, but not from one to the next.
const run2: Kernel = ({ sections: c, state, at, input, output, from, to }) => {
  const pb0 = c[0]!;
  const pb1 = c[1]!;
  const pb2 = c[2]!;
  const pa1 = c[4]!;
  const pa2 = c[5]!;
  const qb0 = c[6]!;
  const qb1 = c[7]!;
  const qb2 = c[8]!;
  const qa1 = c[10]!;
  const qa2 = c[11]!;
  let p0 = state[at]!;
  let p1 = state[at + 1]!;
  let q0 = state[at + 2]!;
  let q1 = state[at + 3]!;
  let y = 0;
  let i = from;
  for (; i + 3 < to; i += 4) {
    const x0 = input[i]!;
    const py0 = pb0 * x0 + p0;
    p0 = pb1 * x0 - pa1 * py0 + p1;
    p1 = pb2 * x0 - pa2 * py0;
    y = qb0 * py0 + q0;
    q0 = qb1 * py0 - qa1 * y + q1;
    q1 = qb2 * py0 - qa2 * y;
    output[i] = y;
    const x1 = input[i + 1]!;
    const py1 = pb0 * x1 + p0;
    p0 = pb1 * x1 - pa1 * py1 + p1;
    p1 = pb2 * x1 - pa2 * py1;
    y = qb0 * py1 + q0;
    q0 = qb1 * py1 - qa1 * y + q1;
    q1 = qb2 * py1 - qa2 * y;
    output[i + 1] = y;
    const x2 = input[i + 2]!;
    const py2 = pb0 * x2 + p0;
    p0 = pb1 * x2 - pa1 * py2 + p1;
    p1 = pb2 * x2 - pa2 * py2;
    y = qb0 * py2 + q0;
    q0 = qb1 * py2 - qa1 * y + q1;
    q1 = qb2 * py2 - qa2 * y;
    output[i + 2] = y;
    const x3 = input[i + 3]!;
    const py3 = pb0 * x3 + p0;
    p0 = pb1 * x3 - pa1 * py3 + p1;
    p1 = pb2 * x3 - pa2 * py3;
    y = qb0 * py3 + q0;
    q0 = qb1 * py3 - qa1 * y + q1;
    q1 = qb2 * py3 - qa2 * y;
    output[i + 3] = y;
  }
  for (; i < to; i++) {
    const x = input[i]!;
    const py = pb0 * x + p0;
    p0 = pb1 * x - pa1 * py + p1;
    p1 = pb2 * x - pa2 * py;
    y = qb0 * py + q0;
    q0 = qb1 * py - qa1 * y + q1;
    q1 = qb2 * py - qa2 * y;
    output[i] = y;
  }
  if (!isFinite(y)) return false;
  state[at] = p0;
  state[at + 1] = p1;
  state[at + 2] = q0;
  state[at + 3] = q1;
  return true;
};

const run4: Kernel = ({ sections: c, state, at, input, output, from, to }) => {
  const pb0 = c[0]!;
  const pb1 = c[1]!;
  const pb2 = c[2]!;
  const pa1 = c[4]!;
  const pa2 = c[5]!;
  const qb0 = c[6]!;
  const qb1 = c[7]!;
  const qb2 = c[8]!;
  const qa1 = c[10]!;
  const qa2 = c[11]!;
  const rb0 = c[12]!;
  const rb1 = c[13]!;
  const rb2 = c[14]!;
  const ra1 = c[16]!;
  const ra2 = c[17]!;
  const sb0 = c[18]!;
  const sb1 = c[19]!;
  const sb2 = c[20]!;
  const sa1 = c[22]!;
  const sa2 = c[23]!;
  let p0 = state[at]!;
  let p1 = state[at + 1]!;
  let q0 = state[at + 2]!;
  let q1 = state[at + 3]!;
  let r0 = state[at + 4]!;
  let r1 = state[at + 5]!;
  let s0 = state[at + 6]!;
  let s1 = state[at + 7]!;
  let y = 0;
  for (let i = from; i < to; i++) {
    const x = input[i]!;
    const py = pb0 * x + p0;
    p0 = pb1 * x - pa1 * py + p1;
    p1 = pb2 * x - pa2 * py;
    const qy = qb0 * py + q0;
    q0 = qb1 * py - qa1 * qy + q1;
    q1 = qb2 * py - qa2 * qy;
    const ry = rb0 * qy + r0;
    r0 = rb1 * qy - ra1 * ry + r1;
    r1 = rb2 * qy - ra2 * ry;
    y = sb0 * ry + s0;
    s0 = sb1 * ry - sa1 * y + s1;
    s1 = sb2 * ry - sa2 * y;
    output[i] = y;
  }
  if (!isFinite(y)) return false;
  state[at] = p0;
  state[at + 1] = p1;
  state[at + 2] = q0;
  state[at + 3] = q1;
  state[at + 4] = r0;
  state[at + 5] = r1;
  state[at + 6] = s0;
  state[at + 7] = s1;
  return true;
};

const runAny: Kernel = ({ sections: c, state, at, input, output, from, to }) => {
  const size = c.length / 3;
  const s = state.slice(at, at + size);
  let y = 0;
  for (let i = from; i < to; i++) {
    y = input[i]!;
    for (let k = 0, j = 0; k < size; k += 2, j += 6) {
      const x = y;
      y = c[j]! * x + s[k]!;
      s[k] = c[j + 1]! * x - c[j + 4]! * y + s[k + 1]!;
      s[k + 1] = c[j + 2]! * x - c[j + 5]! * y;
    }
    output[i] = y;
  }
  if (!isFinite(y)) return false;
  state.set(s, at);
  return true;
};
