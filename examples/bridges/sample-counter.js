// Shared by the bridges: where a sample belongs, told from a device's counter that wraps; channels; datagrams.

/**
 * @param {{ modulo: number, hz: number }} device the counter runs from 0 to `modulo - 1`
 * @returns a function that is given each sample's counter and its time in seconds (by any clock that runs along), and
 *   returns its index on the stream's grid, from 0; null for a sample that came before, or too late
 */
export function createSampleCounter({ modulo, hz }) {
  let index = -1;
  let last = { counter: -1, seconds: 0 };
  return (counter, seconds) => {
    if (index >= 0) {
      const step = (((counter - last.counter) % modulo) + modulo) % modulo;
      const expected = (seconds - last.seconds) * hz;
      // As many turns of the counter as the time says; less than none: the sample is an old one.
      const turns = Math.round((expected - step) / modulo);
      if (turns < 0 || step + turns * modulo === 0) return null;
      index += step + turns * modulo;
    } else index = 0;
    last = { counter, seconds };
    return index;
  };
}

/** Channels as a publication declares them, in µV. */
export function eegChannels(labels) {
  return labels.map((label) => ({ label, unit: "µV", type: "eeg", position: null, reference: null }));
}

/** Calls `take` with what comes by UDP, from whomever; what it cannot take is told once. */
export function datagrams(take) {
  let told = "";
  return (bytes) => {
    try {
      take(bytes);
    } catch ({ message }) {
      if (told !== message) console.error(`error: ${message}`);
      told = message;
    }
  };
}
