import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { EegError } from "../../eeg/errors.ts";

/** A recording of a study. */
export interface BatchInput {
  readonly path: string;
  /** Below what all have in common, with `/`. */
  readonly name: string;
}

/** What a folder is searched for; other names have to be written out. */
const recordings = "**/*.{edf,bdf,rec,vhdr,ahdr,gdf,xdf}";

/** Whether a source names several recordings: a folder or a pattern. A file whose name looks like one is that file. */
export function isMany(source: string): boolean {
  if (existsSync(source)) return statSync(source).isDirectory();
  return isDynamicPattern(source);
}

/**
 * The recordings that files, folders and patterns name, each once, in order of their names.
 * @throws EegError FILE_UNREADABLE for a file that is not there, and for a pattern or a folder without any recording
 */
export async function findInputs(sources: readonly string[]): Promise<readonly BatchInput[]> {
  const roots: string[] = [];
  const paths = new Set<string>();
  for (const source of sources) {
    const found = await expand(source);
    if (found.length === 0)
      throw new EegError(
        "FILE_UNREADABLE",
        `${source}: no recording is there; check the path, and quote patterns`,
      );
    roots.push(rootOf(source));
    for (const path of found) paths.add(path);
  }
  const root = common(roots);
  return [...paths]
    .filter((path) => !isCompanion(path, paths))
    .map((path) => ({ path: shortPath(path), name: relative(root, path).split(sep).join("/") }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** As a person would write it from here. */
function shortPath(path: string): string {
  const short = relative("", path);
  return short.startsWith("..") ? path : short;
}

async function expand(source: string): Promise<string[]> {
  if (!existsSync(source) && !isDynamicPattern(source))
    throw new EegError("FILE_UNREADABLE", `${source}: no such file; check the path`);
  if (existsSync(source) && !statSync(source).isDirectory()) return [resolve(source)];
  const isFolder = existsSync(source);
  const found = await glob(isFolder ? recordings : source.split(sep).join("/"), {
    cwd: isFolder ? source : ".",
    absolute: true,
    caseSensitiveMatch: !isFolder,
    expandDirectories: false,
  });
  return found.map((path) => resolve(path));
}

/** The folder that a source's names are told from: of a pattern the part before its first sign. */
function rootOf(source: string): string {
  if (existsSync(source)) return statSync(source).isDirectory() ? resolve(source) : dirname(resolve(source));
  const parts = source.split("/");
  const fixed = parts.findIndex((part) => isDynamicPattern(part));
  return resolve(parts.slice(0, Math.max(0, fixed)).join("/") || (source.startsWith("/") ? "/" : "."));
}

function common(folders: readonly string[]): string {
  return folders.reduce((a, b) => {
    const [left, right] = [a.split(sep), b.split(sep)];
    const differs = left.findIndex((part, i) => part !== right[i]);
    return left.slice(0, differs < 0 ? left.length : differs).join(sep) || sep;
  });
}

/** Whether a file belongs to a BrainVision header that is among the recordings too. */
function isCompanion(path: string, all: ReadonlySet<string>): boolean {
  if (!/\.(?:eeg|vmrk|amrk|dat|avg)$/i.test(path)) return false;
  const stem = join(dirname(path), basename(path, extname(path)));
  return [".vhdr", ".ahdr", ".VHDR"].some((ending) => all.has(stem + ending));
}
