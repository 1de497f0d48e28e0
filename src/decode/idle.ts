/** What models call the class in which nothing is done. */
const names = ["rest", "idle"];

/** The label that says that nothing is being done, or null where every label does something. */
export function idleLabel(labels: readonly string[]): string | null {
  return labels.find((label) => names.includes(label.toLowerCase())) ?? null;
}
