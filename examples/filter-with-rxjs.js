// Alpha over the occiput, second by second: a recording as an Observable, through stages lifted into RxJS.
//   node examples/filter-with-rxjs.js [my.edf]
import { averageReference, bandpass, pick, rechunk, replay } from "brainwire";
import { filter, from, map, take } from "rxjs";

const file = process.argv[2] ?? "recordings/demo.edf";

from(replay(file))
  .pipe(
    bandpass({ lowHz: 8, highHz: 13 }),
    averageReference(),
    pick(["O1", "Oz", "O2"]),
    rechunk(200), // samples; the demo has 200 a second
    filter((item) => item.kind === "samples"),
    map(({ start, data }) => ({
      start,
      microvolts: Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length),
    })),
    take(40),
  )
  .subscribe(({ start, microvolts }) =>
    console.log(
      `${String(start / 200).padStart(3)} s ${"▪".repeat(Math.round(microvolts * 3))} ${microvolts.toFixed(1)} µV`,
    ),
  );
