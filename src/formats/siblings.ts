import { blobSource, type ByteSource, type Sibling } from "./byte-source.ts";

/**
 * A file out of those that a user chose or dropped together on a page, which may belong to it: the header of a
 * recording, among whose files its data and markers are.
 */
export function fileAmong(file: File, files: Iterable<File>): ByteSource {
  const list = [...files];
  const names = list.map(({ name }) => name);
  const sibling: Sibling = async (name) => {
    const found = matchingName(names, name);
    const other = list.find((candidate) => candidate.name === found);
    return other ? fileAmong(other, list) : null;
  };
  return { ...blobSource(file), sibling };
}

/**
 * The file name that is meant: the same, else the one that differs in upper and lower case or in how accents are
 * composed (files move between systems that keep neither). A name with a folder in it matches nothing.
 */
export function matchingName(names: readonly string[], wanted: string): string | null {
  if (names.includes(wanted)) return wanted;
  const plain = (name: string): string => name.normalize("NFC").toLowerCase();
  return names.find((name) => plain(name) === plain(wanted)) ?? null;
}
