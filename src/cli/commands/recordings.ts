import { existsSync } from "node:fs";
import { Command } from "commander";
import { cachedPath, fetchRecording } from "../../source/fetch.node.ts";
import { readRegistry } from "../../source/registry.node.ts";
import { bar, createTerminal } from "../terminal.ts";

export function recordingsCommand(): Command {
  const command = new Command("recordings")
    .description("public recordings that can be fetched, each checked against its published SHA-256")
    .argument("[prefix]", "only those whose name begins so, such as eegmmidb/S001")
    .option("--json", "one JSON object a line")
    .addHelpText(
      "after",
      "\nExamples:\n  brainwire recordings eegmmidb/S001\n  brainwire recordings fetch eegmmidb/S001R01 eegmmidb/S001R02",
    )
    .action(async (prefix: string | undefined, options: { json?: boolean }) =>
      show(prefix ?? "", options.json === true),
    );
  return command.addCommand(fetchCommand());
}

async function show(prefix: string, json: boolean): Promise<void> {
  const { datasets } = await readRegistry();
  for (const { title, source, licence, note, recordings } of datasets) {
    const chosen = recordings.filter(({ name }) => name.startsWith(prefix));
    if (chosen.length === 0) continue;
    if (!json) process.stdout.write(`${title} (${licence}; ${source})\n${note}\n\n`);
    for (const recording of chosen) {
      const here = existsSync(cachedPath(recording));
      const { name, bytes, sfreq, channels, task } = recording;
      process.stdout.write(
        json
          ? JSON.stringify({ ...recording, cached: here ? cachedPath(recording) : null }) + "\n"
          : `${name}  ${(bytes / 1e6).toFixed(1)} MB  ${channels} channels, ${sfreq} Hz  ${task}${here ? "  (cached)" : ""}\n`,
      );
    }
  }
}

interface FetchCommandOptions {
  readonly baseUrl?: string;
  readonly cacheFolder?: string;
}

function fetchCommand(): Command {
  return new Command("fetch")
    .description("fetch recordings into the cache and print their paths")
    .argument("<name...>", "names that `brainwire recordings` lists")
    .option("--base-url <url>", "another server with the same paths (or BRAINWIRE_RECORDINGS_URL)")
    .option("--cache-folder <folder>", "another cache than ~/.cache/brainwire (or BRAINWIRE_CACHE)")
    .addHelpText(
      "after",
      "\nAn interrupted fetch goes on where it stopped.\n\nExample:\n  brainwire info $(brainwire recordings fetch eegmmidb/S001R01)",
    )
    .action(async (names: string[], options: FetchCommandOptions) => {
      const terminal = createTerminal(false);
      for (const name of names) {
        const path = await fetchRecording(name, {
          ...options,
          onProgress: ({ receivedBytes, totalBytes }) =>
            terminal.redraw(`${bar(receivedBytes / totalBytes)}  ${name}`),
        });
        terminal.clear();
        process.stdout.write(path + "\n");
      }
    });
}
