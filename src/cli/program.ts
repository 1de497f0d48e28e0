import { Command, CommanderError } from "commander";
import { EegError } from "../eeg/errors.ts";
import { version } from "./version.ts";

/** Each command is loaded when it is named, so that none waits for what another needs. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import("./commands/demo.ts")).demoCommand(),
  decode: async () => (await import("./commands/decode.ts")).decodeCommand(),
  info: async () => (await import("./commands/info.ts")).infoCommand(),
  serve: async () => (await import("./commands/serve.ts")).serveCommand(),
  latency: async () => (await import("./commands/latency.ts")).latencyCommand(),
  capture: async () => (await import("./commands/capture.ts")).captureCommand(),
  verify: async () => (await import("./commands/verify.ts")).verifyCommand(),
  signal: async () => (await import("./commands/signal.ts")).signalCommand(),
  convert: async () => (await import("./commands/convert.ts")).convertCommand(),
  anonymize: async () => (await import("./commands/anonymize.ts")).anonymizeCommand(),
  report: async () => (await import("./commands/report.ts")).reportCommand(),
  train: async () => (await import("./commands/train.ts")).trainCommand(),
  pretrain: async () => (await import("./commands/pretrain.ts")).pretrainCommand(),
  evaluate: async () => (await import("./commands/evaluate.ts")).evaluateCommand(),
  calibrate: async () => (await import("./commands/calibrate.ts")).calibrateCommand(),
  models: async () => (await import("./commands/models.ts")).modelsCommand(),
  recordings: async () => (await import("./commands/recordings.ts")).recordingsCommand(),
};

/** The command that is named, or all of them, for the help and for what is misspelt. */
async function commandsFor(argv: readonly string[]): Promise<Command[]> {
  const named = argv.find((word) => !word.startsWith("-")) ?? "";
  const wanted = Object.hasOwn(commands, named) ? [commands[named]!] : Object.values(commands);
  return Promise.all(wanted.map((load) => load()));
}

/** Exit codes: 0 done, 1 what was given is faulty, 2 the command line is, 70 a fault of brainwire itself, 130 interrupted. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const program = new Command("brainwire")
    .description("EEG streaming decoder: samples in from a file or a socket, decoded labels out.")
    .version(version)
    .option("--debug", "print the stack of an error")
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(add --help for options and examples)")
    .exitOverride();
  for (const command of await commandsFor(argv)) program.addCommand(command.copyInheritedSettings(program));
  try {
    await program.parseAsync(argv, { from: "user" });
    return Number(process.exitCode ?? 0); // a command that was interrupted has set it
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
