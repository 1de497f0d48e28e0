/**
 * What ONNX Runtime says of a failure, for people: its first line without the places in its own source, and one
 * wording for want of memory, which each of its devices has another for.
 */
export function plainWords(said: string): string {
  const line = said.split("\n")[0]!.trim();
  const bytes = /Failed to allocate memory for requested buffer of size (\d+)/.exec(line)?.[1];
  if (bytes !== undefined) return `out of memory, for ${(Number(bytes) / 2 ** 20).toFixed(0)} MiB more`;
  if (/out[ _]of[ _]memory|bad_alloc|bad allocation/i.test(line)) return "out of memory";
  if (/\[Invalid Buffer/.test(line)) return "a buffer that the model needs is more than the device can make";
  return line
    .replace(/^.*was false\. /, "")
    .replace(
      /^Non-zero status code returned while running (\S+) node\. Name:'[^']*' Status Message: /,
      "operator $1: ",
    );
}
