import { sfreq } from "../../src/eeg/sfreq.ts";
import { chain } from "../../src/eeg/stage.ts";
import { alignStage } from "../../src/signal/align.ts";
import { bandpassStage, highpassStage, lowpassStage, notchStage } from "../../src/signal/filters.ts";
import { pickElectrodesStage, pickStage } from "../../src/signal/pick.ts";
import { qualityStage } from "../../src/signal/quality-stage.ts";
import { rechunkStage } from "../../src/signal/rechunk.ts";
import { averageReferenceStage, referenceStage } from "../../src/signal/reference.ts";
import { resampleStage } from "../../src/signal/resample.ts";
import { windowsStage } from "../../src/signal/windows.ts";
import { stageContract } from "./contract.ts";
import { streamOf } from "./streams.ts";

const many = streamOf(Array.from({ length: 19 }, (_, c) => `E${c}`));

stageContract("band-pass of order 2", bandpassStage({ lowHz: 1, highHz: 40, order: 2 }));
stageContract("band-pass of order 3", bandpassStage({ lowHz: 8, highHz: 13, order: 3 }));
stageContract("band-pass of order 4", bandpassStage({ lowHz: 1, highHz: 40 }));
stageContract("band-pass of many channels", bandpassStage({ lowHz: 1, highHz: 40, order: 2 }), {
  input: many,
});
stageContract("high-pass", highpassStage({ lowHz: 0.5, order: 1 }));
stageContract("low-pass", lowpassStage({ highHz: 30, order: 5 }));
stageContract("notch", notchStage({ frequencyHz: 50, q: 30 }));
stageContract("average reference", averageReferenceStage(), { mixes: true });
stageContract("reference to a channel", referenceStage(["cz"]), { mixes: true });
stageContract(
  "channel alignment",
  alignStage({ channels: ["O2", "Cz", "Fp1"], covariance: [4, 1, 0.5, 1, 3, 1, 0.5, 1, 9] }),
  { mixes: true },
);
stageContract("pick", pickStage(["O2", "FP1"]));
stageContract("pick electrodes", pickElectrodesStage(), {
  input: streamOf(["O2", "Resp", "EEG T3-REF", "Fz"]),
});
stageContract("rechunk", rechunkStage(48));
stageContract("windows", windowsStage({ length: 100, hop: 30 }), { period: 30 });
stageContract("windows apart", windowsStage({ length: 20, hop: 50 }), { period: 50 });
stageContract("quality", qualityStage({ seconds: 0.5 }), { period: 80, mixes: true });
stageContract("resample to the same rate", resampleStage({ sfreq: sfreq(160) }));
stageContract("resample up", resampleStage({ sfreq: sfreq(200) }), { ratio: { up: 5, down: 4 }, period: 4 });
stageContract("resample down", resampleStage({ sfreq: sfreq(160) }), {
  input: streamOf(["Fp1", "Cz", "O2"], 250),
  ratio: { up: 16, down: 25 },
  period: 25,
});
stageContract("resample by a half", resampleStage({ sfreq: sfreq(80) }), {
  ratio: { up: 1, down: 2 },
  period: 2,
});
stageContract("resample many channels", resampleStage({ sfreq: sfreq(128) }), {
  input: many,
  ratio: { up: 4, down: 5 },
  period: 5,
});
stageContract("resample twofold", resampleStage({ sfreq: sfreq(320) }), { ratio: { up: 2, down: 1 } });
stageContract(
  "what a decoder puts first",
  chain(
    pickElectrodesStage(),
    resampleStage({ sfreq: sfreq(160) }),
    bandpassStage({ lowHz: 1, highHz: 45, order: 2 }),
    averageReferenceStage(),
  ),
  { input: streamOf(["Oz", "Cz", "O1", "O2"], 256), ratio: { up: 5, down: 8 }, period: 8, mixes: true },
);
