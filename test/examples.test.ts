import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { runNode } from "./cli/run-cli.ts";

const folder = new URL("../examples/", import.meta.url);
const programs = readdirSync(folder).filter((file) => file.endsWith(".js"));

test.each(programs)(
  "examples/%s runs and prints",
  async (program) => {
    const { code, stdout, stderr } = await runNode(fileURLToPath(new URL(program, folder)), []);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n").length).toBeGreaterThan(2);
  },
  30_000,
);
