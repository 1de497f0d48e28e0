#!/usr/bin/env node
import { runProgram } from "./program.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0); // the reader at the other end of the pipe has seen enough
  throw error;
});
process.exitCode = await runProgram(process.argv.slice(2));
