import { element } from "./view.ts";

/** Takes files that are dropped anywhere on the page, or chosen. @returns opens the choice */
export function listenForFiles(take: (files: readonly File[]) => void): () => void {
  const input = element<HTMLInputElement>("files");
  const target = element("drop");
  const hasFiles = (event: DragEvent): boolean => !!event.dataTransfer?.types.includes("Files");
  let depth = 0;

  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth++;
    target.hidden = false;
  });
  addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) target.hidden = true;
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    target.hidden = true;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) take(files);
  });
  const open = (): void => input.click();
  element("open").addEventListener("click", open);
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = ""; // the same file may be chosen again
    if (files.length > 0) take(files);
  });
  return open;
}
