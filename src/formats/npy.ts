/**
 * Header of a NumPy array file of float32 in C order (NEP 1, version 1.0); the values follow, little-endian.
 * @param shape lengths of the axes, slowest first
 */
export function formatNpyHeader(shape: readonly number[]): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${axes}), }`;
  const prefix = 10; // magic, version, length of the dictionary
  const length = Math.ceil((prefix + dictionary.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, length - prefix, true);
  bytes.set(new TextEncoder().encode(dictionary), prefix);
  bytes[length - 1] = 0x0a;
  return bytes;
}
