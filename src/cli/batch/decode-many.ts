import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { EegError } from "../../eeg/errors.ts";
import { loadModel } from "../../model/load.node.ts";
import { actingOptions } from "../acting-options.ts";
import type { DecodeFileOptions } from "../decode-file.ts";
import { decoderOptions } from "../decoder-options.ts";
import { createOutputFile } from "../output-file.ts";
import { bar, createTerminal } from "../terminal.ts";
import { version } from "../version.ts";
import { findInputs, type BatchInput } from "./inputs.ts";
import { createPool } from "./pool.ts";
import { createResults } from "./results.ts";
import { summaryLines, summaryTsv, type Outcome } from "./summary-table.ts";

export interface DecodeManyOptions extends DecodeFileOptions {
  readonly jobs?: number;
  readonly prove?: boolean;
}

/**
 * Decodes the recordings of a study over the cores, each to a file of its own below `--out`, and writes `summary.tsv`
 * there. What was finished before is kept; a recording that fails is named, and the rest go on.
 * @throws EegError FILE_UNREADABLE, OPTION_INVALID; BATCH_FAILED if any recording failed
 */
export async function decodeMany(sources: readonly string[], options: DecodeManyOptions): Promise<void> {
  const { out: folder, jobs, prove, ...how } = options;
  if (folder === undefined)
    throw new EegError(
      "OPTION_INVALID",
      "several recordings have several results: name their folder with --out",
    );
  if (prove === true || how.speed !== "max" || how.follow === true || how.annotate !== undefined)
    throw new EegError(
      "OPTION_INVALID",
      "--prove, --speed, --follow and --annotate are for one recording at a time",
    );
  const { manifest, weightsHash } = await loadModel(options.model);
  const inputs = await findInputs(sources);
  const format = how.format === "table" ? "tsv" : how.format;
  // everything that decides what is written
  const { quiet = false, ...rest } = how;
  const { gate } = await actingOptions(how);
  const { calibration } = await decoderOptions(how);
  const recipe = JSON.stringify({
    version,
    weightsHash,
    ...rest,
    format,
    calibration,
    gate: gate?.weightsHash,
  });
  mkdirSync(folder, { recursive: true });
  const results = createResults({ folder, inputs, format, recipe });
  const outcomes = new Map<BatchInput, Outcome>();
  const left = inputs.filter((input) => {
    const record = results.finished(input);
    if (record)
      outcomes.set(input, { name: input.name, status: "kept", figures: record.figures, says: record.out });
    return record === null;
  });
  const terminal = createTerminal(quiet);
  if (outcomes.size > 0) terminal.say(`${outcomes.size} of ${inputs.length} are decoded already, and kept`);

  const pool = createPool(Math.min(jobs ?? availableParallelism(), Math.max(1, left.length)));
  const running = new Map<BatchInput, string>();
  let interrupted = false;
  let stop!: () => void;
  const interrupt = new Promise<void>((resolve) => {
    stop = () => {
      interrupted = true;
      resolve();
    };
  });
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);

  function show(): void {
    const failed = [...outcomes.values()].filter(({ status }) => status === "failed").length;
    const names = [...running.keys()].map(({ name }) => name).join(" ");
    terminal.redraw(
      `${bar(outcomes.size / inputs.length)}  ${outcomes.size} of ${inputs.length}${failed > 0 ? `, ${failed} failed` : ""}  ${names}`.slice(
        0,
        Math.max(20, (process.stderr.columns ?? 100) - 1),
      ),
    );
  }

  async function decodeOne(input: BatchInput): Promise<void> {
    if (interrupted) return;
    const out = results.outOf(input);
    const answering = pool.run({ path: input.path, options: { ...rest, format, out } });
    running.set(input, out);
    show();
    const answer = await answering;
    if (interrupted) return;
    running.delete(input);
    if ("error" in answer) {
      outcomes.set(input, { name: input.name, status: "failed", figures: null, says: answer.error });
      terminal.say(`${input.name}: failed: ${answer.error}`);
    } else {
      results.finish(input, answer.figures);
      outcomes.set(input, { name: input.name, status: "done", figures: answer.figures, says: out });
      if (!terminal.live) terminal.say(`${input.name}: ${answer.figures.decisions} decisions, ${out}`);
    }
    show();
  }

  try {
    await Promise.race([interrupt, Promise.all(left.map(decodeOne))]);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    await pool.stop();
    terminal.clear();
  }
  if (interrupted) {
    for (const out of running.values())
      for (const part of partsOf(out, format)) rmSync(part, { force: true });
    terminal.say(
      `interrupted: ${outcomes.size} of ${inputs.length} are done; the same command goes on from here`,
    );
    process.exitCode = 130;
    return;
  }
  const all = inputs.map((input) => outcomes.get(input)!);
  const summary = createOutputFile(join(folder, "summary.tsv"));
  summary.append(summaryTsv(all, manifest.labels));
  summary.commit();
  if (!quiet) process.stdout.write(summaryLines(all, manifest.labels).join("\n") + "\n");
  const failed = all.filter(({ status }) => status === "failed").length;
  terminal.say(`${all.length - failed} of ${all.length} recordings decoded; ${join(folder, "summary.tsv")}`);
  if (failed > 0)
    throw new EegError("BATCH_FAILED", `${failed} of ${all.length} recordings could not be decoded`);
}

/** What a process that was ended may have left of its result. */
function partsOf(out: string, format: string): string[] {
  if (format !== "bids") return [`${out}.part`];
  return ["events.tsv", "events.json", "channels.tsv", "eeg.json"].map((name) => `${out}_${name}.part`);
}
