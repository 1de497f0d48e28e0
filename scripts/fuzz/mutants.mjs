// The damaged files of a reader: number `i` of a seed is always the same.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { openBrainVision } from "../../dist/formats/brainvision/reader.js";
import { openEdf } from "../../dist/formats/edf/reader.js";
import { openGdf } from "../../dist/formats/gdf/reader.js";
import { openXdf } from "../../dist/formats/xdf/reader.js";
import { brainvisionPlaces, brainvisionSeeds } from "./brainvision-files.mjs";
import { bdfSeeds, edfPlaces, edfSeeds } from "./edf-files.mjs";
import { damage, damaged } from "./edits.mjs";
import { gdfPlaces, gdfSeeds } from "./gdf-files.mjs";
import { xdfPlaces, xdfSeeds } from "./xdf-files.mjs";

/** Of the corpus of recordings, where it is at hand: those that are read in a moment. */
const largestOfCorpus = 20_000;

/** Each seed is a list of files, the first of which is opened. */
const readers = {
  edf: { open: openEdf, names: ["seed.edf"], seeds: edfSeeds, places: edfPlaces, corpus: /^edf\/.*\.edf$/i },
  bdf: { open: openEdf, names: ["seed.bdf"], seeds: bdfSeeds, places: edfPlaces, corpus: /^bdf\/.*\.bdf$/i },
  brainvision: {
    open: openBrainVision,
    names: ["seed.vhdr", "seed.vmrk", "seed.eeg"],
    seeds: brainvisionSeeds,
    places: brainvisionPlaces,
    corpus: null,
  },
  gdf: { open: openGdf, names: ["seed.gdf"], seeds: gdfSeeds, places: gdfPlaces, corpus: /^gdf\/.*\.gdf$/i },
  xdf: { open: openXdf, names: ["seed.xdf"], seeds: xdfSeeds, places: xdfPlaces, corpus: /^xdf\/.*\.xdf$/i },
};

export const readerNames = Object.keys(readers);

/** How many mutants are drawn at a time. */
export const drawn = 1000;

/**
 * @param corpus the folder of `INDEX.tsv`, or null
 * @returns `mutant(i)` gives the files of mutant `i`, by name; `seeds` those they are made from
 */
export async function createMutants(reader, { seed, corpus }) {
  const { open, names, seeds: own, places: placesOf, corpus: pattern } = readers[reader];
  const made = (await own()).map((files) => (Array.isArray(files) ? files : [files]));
  const found = corpus && pattern ? ofCorpus(corpus, pattern) : [];
  const seeds = [...made, ...found];
  const places = seeds.map((files) => files.map((file, i) => safely(() => placesOf(file, i))));
  let block = -1;
  let list = [];
  return {
    open,
    names,
    seeds,
    nMade: made.length,
    mutant: (i) => {
      if (Math.floor(i / drawn) !== block) {
        block = Math.floor(i / drawn);
        list = fc.sample(damage, { seed: seed + 7919 * block, numRuns: drawn });
      }
      const { seed: number, file, edits } = list[i % drawn];
      const which = number % seeds.length;
      const at = file % seeds[which].length;
      const donor = seeds[(number >> 4) % seeds.length][at];
      return seeds[which].map((bytes, k) =>
        k === at ? damaged(bytes, edits, { places: places[which][k], donor }) : bytes,
      );
    },
  };
}

function ofCorpus(folder, pattern) {
  const [, ...lines] = readFileSync(join(folder, "INDEX.tsv"), "utf8").trim().split("\n");
  return lines
    .map((line) => line.split("\t"))
    .filter(([path, bytes]) => pattern.test(path) && Number(bytes) <= largestOfCorpus)
    .map(([path]) => [new Uint8Array(readFileSync(join(folder, path)))]);
}

/** Seeds of the corpus may be odd; then they have no places. */
function safely(find) {
  try {
    return find();
  } catch {
    return [];
  }
}
