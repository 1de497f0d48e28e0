import type { Command } from "commander";
import type { ActingOptions } from "../decode/acting.ts";
import { EegError } from "../eeg/errors.ts";
import { loadModel } from "../model/load.node.ts";
import { positiveNumber, share } from "./option-values.ts";

/** What the options of `addActingOptions` hold. */
export interface ActingValues {
  readonly smooth?: number;
  readonly dwell?: number;
  readonly refractory?: number;
  readonly gate?: string;
  readonly gateThreshold?: number;
}

/** Options that make labels fit to act on. */
export function addActingOptions(command: Command): Command {
  return command
    .option("--smooth <s>", "exponential mean of the probabilities, with this time constant", positiveNumber)
    .option("--dwell <s>", "a label must hold so long before it is given", positiveNumber)
    .option("--refractory <s>", "after a change of label no other for so long", positiveNumber)
    .option("--gate <name|folder>", "a model with a label rest or idle: labels only where it says otherwise")
    .option(
      "--gate-threshold <p>",
      "probability that something is done from which on it does (default: 0.5)",
      share,
    );
}

/** Whether any of them is named. */
export function isActing({ smooth, dwell, refractory, gate, gateThreshold }: ActingValues): boolean {
  return [smooth, dwell, refractory, gate, gateThreshold].some((value) => value !== undefined);
}

/** @throws EegError OPTION_INVALID for a threshold of no gate; as `loadModel` */
export async function actingOptions(values: ActingValues): Promise<ActingOptions> {
  const { smooth, dwell, refractory, gate, gateThreshold } = values;
  if (gateThreshold !== undefined && gate === undefined)
    throw new EegError("OPTION_INVALID", "--gate-threshold is a gate's: name its model with --gate");
  return {
    ...(smooth === undefined ? {} : { smoothSeconds: smooth }),
    ...(dwell === undefined ? {} : { dwellSeconds: dwell }),
    ...(refractory === undefined ? {} : { refractorySeconds: refractory }),
    ...(gate === undefined ? {} : { gate: await loadModel(gate) }),
    ...(gateThreshold === undefined ? {} : { gateThreshold }),
  };
}
