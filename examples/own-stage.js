// A stage of your own: the largest swing of each channel in each second. It holds its state per stream, never
// spans a gap, and gives the same numbers however the stream was cut.
//   node examples/own-stage.js
import { operator, replay, hertz } from "brainwire";
import { filter, from, take } from "rxjs";

/** @type {import("brainwire").StageFactory<{ kind: "swing", second: number, microvolts: number[] }>} */
const swingStage = (input) => {
  const length = Math.round(hertz(input.sfreq));
  const lowest = input.channels.map(() => Infinity);
  const highest = input.channels.map(() => -Infinity);
  let second = 0;
  const reset = () => (lowest.fill(Infinity), highest.fill(-Infinity));
  return {
    output: input,
    push(item) {
      if (item.kind === "gap") reset();
      if (item.kind !== "samples") return [];
      const out = [];
      for (let t = 0; t < item.nSamples; t++) {
        const at = Math.floor((item.start + t) / length);
        if (at !== second) {
          if (lowest[0] < Infinity)
            out.push({ kind: "swing", second, microvolts: highest.map((high, c) => high - lowest[c]) });
          reset();
          second = at;
        }
        for (let c = 0; c < lowest.length; c++) {
          const value = item.data[c * item.nSamples + t];
          if (value < lowest[c]) lowest[c] = value;
          if (value > highest[c]) highest[c] = value;
        }
      }
      return out;
    },
    end: () => [],
  };
};

from(replay("recordings/demo.edf"))
  .pipe(
    operator(swingStage),
    filter((item) => item.kind === "swing"),
    take(10),
  )
  .subscribe(({ second, microvolts }) =>
    console.log(`${second} s: up to ${Math.max(...microvolts).toFixed(0)} µV`),
  );
