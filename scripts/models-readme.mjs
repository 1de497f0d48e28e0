// models/README.md out of models/*/figures.json and models/pretraining.json; `node scripts/models-table.mjs` writes it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parameterShapes } from "../dist/model/encoder.js";

const models = fileURLToPath(new URL("../models/", import.meta.url));

/** A table for each model that has figures, and what pre-training is worth. */
export function modelsReadme() {
  const tables = readdirSync(models, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
    .flatMap((name) => {
      try {
        return [section(name, JSON.parse(readFileSync(join(models, name, "figures.json"), "utf8")))];
      } catch {
        return [];
      }
    });
  return `# Models

What each of these models decodes, its limits and where its data come from, says its card in its folder. These tables are written by \`node scripts/models-table.mjs\`, which repeats all of them. Balanced accuracy of each person, then the mean over people; the interval is 95 % over people (bootstrap), the worst tenth the mean of the tenth of them for whom it works least; chance is 0.5. "plain": nothing is known of the person; "aligned": her channels are aligned by all of her own recordings, without labels; "calibrated": her mean token in the first half minute of the state that the model names is taken off; "all own data": her mean token in everything there is of her, both states alike, an upper bound that no live user has. Who tests had no part in the training.

${tables.join("\n")}${pretraining()}`;
}

/** What pretraining-table.mjs found. */
function pretraining() {
  let found;
  try {
    found = JSON.parse(readFileSync(join(models, "pretraining.json"), "utf8"));
  } catch {
    return "";
  }
  const { sizes, steps, seeds, error, ofMean, rows } = found;
  const row = ({ task, begin, people, balancedAccuracy, spread, low, high, worstTenth, auc }) =>
    `| \`${task}\` | ${people ?? "all"} | ${begin} | ${balancedAccuracy.toFixed(3)}${spread === null ? "" : ` ± ${spread.toFixed(3)}`} | ${low.toFixed(2)} to ${high.toFixed(2)} | ${worstTenth.toFixed(2)} | ${auc.toFixed(3)} |`;
  return `
## With and without pre-training

Not the shipped models, whose tokens are averages over seconds that leave masked-patch modelling nothing to learn, but one encoder that attends over time (${sizes.components} components, ${sizes.bands} bands, averages of ${sizes.average} patches, ${sizes.layers} layers of width ${sizes.width} that see ${sizes.window} patches each, ${parameters(sizes).toLocaleString("en")} parameters), the same for all tasks. Pre-trained in each fold for ${steps} steps on the training subjects' recordings (R01 R02 R04 R08 R12, labels unseen): mean squared error of hidden tokens ${error.toFixed(2)} for people who did not train, where saying the mean has ${ofMean.toFixed(2)}. Then trained on all weights, with the labels of all who train or of a few of them; the same folds, people, steps and seeds (${seeds}) from fresh weights; ± is the standard deviation over seeds. \`node scripts/pretraining-table.mjs eyes fists rest-or-move --few eyes\` repeats it.

| task | people with labels | begins with | balanced accuracy | 95 % over people | worst tenth | AUC |
| --- | --- | --- | --- | --- | --- | --- |
${rows.map(row).join("\n")}
`;
}

function section(name, { split, seeds, task, sizes, trainingSeconds, rows }) {
  const row = ({ decoder, view, balancedAccuracy, spread, seeds, low, high, worstTenth, auc }) =>
    `| ${decoder === name ? `**\`${name}\`**` : decoder} | ${view} | ${balancedAccuracy.toFixed(3)}${spread === null ? "" : ` ± ${spread.toFixed(3)}`} | ${low.toFixed(2)} to ${high.toFixed(2)} | ${worstTenth.toFixed(2)} | ${auc.toFixed(3)} | ${seeds} |`;
  const best = (view, own) =>
    Math.max(
      ...rows
        .filter(
          (r) =>
            (r.view === view || (!own && r.view === "plain" && centredView(view))) &&
            (r.decoder === name) === own &&
            !r.decoder.includes("central"),
        )
        .map((r) => r.balancedAccuracy),
    );
  const views = rows.filter(({ decoder }) => decoder === name).map(({ view }) => view);
  const verdicts = [...new Set(views)].map((view) => {
    const gain = best(view, true) - best(view, false);
    const by = `${Math.abs(gain * 100).toFixed(1)} points`;
    return gain > 0 ? `${view}: ${by} above the best baseline` : `${view}: **${by} below the best baseline**`;
  });
  return `## \`${name}\`: ${task}

${split}. ${parameters(sizes).toLocaleString("en")} parameters${trainingSeconds === null ? "" : `; one training takes about ${trainingSeconds} s on one core of a machine that others used too`}. ${verdicts.join("; ")}. ± is the standard deviation over ${seeds} seeds of the model.

| decoder | | balanced accuracy | 95 % over people | worst tenth | AUC | seeds |
| --- | --- | --- | --- | --- | --- | --- |
${rows.map(row).join("\n")}
`;
}

/** Numbers that the encoder holds, for two classes. */
function parameters({ classes = 2, ...sizes }) {
  const shapes = [...parameterShapes({ ...sizes, classes }).values()];
  return shapes.reduce((sum, shape) => sum + shape.reduce((product, n) => product * n), 0);
}

/** Views that the baselines lack: they are set beside their plain figures. */
function centredView(view) {
  return view === "calibrated" || view === "all own data";
}
