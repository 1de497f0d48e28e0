// Hands the bridge epochs as docs.neurosity.co/docs/api/brainwaves has them, as the SDK would.
import { Observable } from "rxjs";
import { connect } from "brainwire/client";
import { publishEpochs } from "../../examples/bridges/neurosity.js";

const channelNames = ["CP3", "C3", "F5", "PO3", "PO4", "F6", "C4", "CP4"];
const epoch = (sample, startTime) => ({
  data: channelNames.map((_, c) => Array.from({ length: 16 }, (__, i) => 1000 * c + sample + i)),
  info: { channelNames, notchFrequency: "60Hz", samplingRate: 256, startTime },
});
const live = connect(process.argv[2]);
const begun = 1628194299499;
publishEpochs(
  new Observable((subscriber) => {
    // stamps jitter by some milliseconds; the fourth and fifth epochs are lost; then the clock is set back
    for (const [sample, jitter] of [
      [0, 0],
      [16, 9],
      [32, -7],
      [80, 4],
    ])
      subscriber.next(epoch(sample, begun + Math.round((sample * 1000) / 256) + jitter));
    setTimeout(() => subscriber.next(epoch(0, begun - 3_600_000)), 1000);
  }),
  live,
);
