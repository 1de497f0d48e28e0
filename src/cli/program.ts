import { Command, CommanderError } from "commander";
import { EegError } from "../eeg/errors.ts";
import { anonymizeCommand } from "./commands/anonymize.ts";
import { convertCommand } from "./commands/convert.ts";
import { calibrateCommand } from "./commands/calibrate.ts";
import { decodeCommand } from "./commands/decode.ts";
import { demoCommand } from "./commands/demo.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { infoCommand } from "./commands/info.ts";
import { modelsCommand } from "./commands/models.ts";
import { recordingsCommand } from "./commands/recordings.ts";
import { serveCommand } from "./commands/serve.ts";
import { signalCommand } from "./commands/signal.ts";
import { trainCommand } from "./commands/train.ts";
import { version } from "./version.ts";

/** Exit codes: 0 done, 1 what was given is faulty, 2 the command line is, 70 a fault of brainwire itself, 130 interrupted. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const program = new Command("brainwire")
    .description("EEG streaming decoder: samples in from a file or a socket, decoded labels out.")
    .version(version)
    .option("--debug", "print the stack of an error")
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(add --help for options and examples)")
    .exitOverride();
  for (const command of [
    demoCommand(),
    decodeCommand(),
    infoCommand(),
    serveCommand(),
    signalCommand(),
    convertCommand(),
    anonymizeCommand(),
    trainCommand(),
    evaluateCommand(),
    calibrateCommand(),
    modelsCommand(),
    recordingsCommand(),
  ])
    program.addCommand(command.copyInheritedSettings(program));
  try {
    await program.parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const debug = program.opts<{ debug?: boolean }>().debug === true;
    const known = error instanceof EegError;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`error: ${message}\n`);
    if (debug && error instanceof Error)
      process.stderr.write(`${known ? `${error.code}\n` : ""}${error.stack}\n`);
    else if (!known) process.stderr.write("This is a fault of brainwire; --debug shows where.\n");
    return known ? 1 : 70;
  }
}
