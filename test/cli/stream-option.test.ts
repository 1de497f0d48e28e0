import { expect, test } from "@jest/globals";
import { describeWith, sharedData } from "../shared-data.ts";
import { brainwire } from "./run-cli.ts";

test("a stream that is not there is answered with those that are", async () => {
  for (const command of ["info", "decode", "convert", "signal", "serve"]) {
    const more = { decode: ["--model", "eyes"], convert: ["/tmp/x.edf"], signal: ["--out", "/tmp/x.npy"] }[
      command
    ];
    const args = [command, "recordings/demo.edf", ...(more ?? []), "--stream", "Gaze"];
    const { code, stderr } = await brainwire(...args, ...(command === "serve" ? ["--port", "0"] : []));
    expect(stderr).toContain("no stream is called or of type 'Gaze'; there is 0: 'demo.edf'");
    expect(code).toBe(1);
  }
}, 60_000);

describeWith(sharedData("recordings/formats/edf/test_uneven_samp.edf"), "a file of two rates", (path) => {
  test("info lists its streams, and tells of one", async () => {
    const { stdout } = await brainwire("info", path);
    expect(stdout).toContain("0: 'test_uneven_samp.edf 100 Hz', 1 channel at 100 Hz");
    const one = await brainwire("info", path, "--stream", "1");
    expect(one.stdout).toContain("channels  1\n          1 at 12.8 Hz");
  });
});
