import { createInterface } from "node:readline/promises";
import { InvalidArgumentError } from "commander";
import { EegError } from "../eeg/errors.ts";

/** Something that a command needs to know, and that may have been given as an option. */
export interface Question<T> {
  /** What was given. */
  readonly given: T | undefined;
  /** The option by which it is given. */
  readonly option: string;
  /** What is asked where it was not. */
  readonly text: string;
  /** @throws InvalidArgumentError with the sentence that is shown before it is asked again */
  readonly parse: (answer: string) => T;
  /** Taken for an empty answer, and where there is nobody to ask. */
  readonly fallback?: string;
}

/**
 * What was given, and a person's answers at the terminal to what was not.
 * @throws EegError OPTION_INVALID naming the options that are missing where nobody is there to ask
 */
export async function ask<Answers extends object>(questions: {
  readonly [K in keyof Answers]: Question<Answers[K]>;
}): Promise<Answers> {
  const all = Object.entries(questions) as [keyof Answers, Question<unknown>][];
  const open = all.filter(([, { given }]) => given === undefined);
  const answers = new Map<keyof Answers, unknown>(all.map(([key, { given }]) => [key, given]));
  if (process.stdin.isTTY) {
    const screen = createInterface({ input: process.stdin, output: process.stderr });
    for (const [key, question] of open)
      answers.set(key, await insist(question, (text) => screen.question(text)));
    screen.close();
  } else {
    const missing = open.filter(([, { fallback }]) => fallback === undefined);
    if (missing.length > 0)
      throw new EegError(
        "OPTION_INVALID",
        `give ${missing.map(([, { option, text }]) => `${option} (${text})`).join(", ")}`,
      );
    for (const [key, { parse, fallback }] of open) answers.set(key, parse(fallback!));
  }
  return Object.fromEntries(answers) as Answers;
}

async function insist<T>(
  { text, parse, fallback }: Question<T>,
  question: (text: string) => Promise<string>,
): Promise<T> {
  for (;;) {
    const answer = (await question(`${text}${fallback === undefined ? "" : ` [${fallback}]`}: `)).trim();
    try {
      return parse(answer === "" && fallback !== undefined ? fallback : answer);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      process.stderr.write(`${error.message}\n`);
    }
  }
}
