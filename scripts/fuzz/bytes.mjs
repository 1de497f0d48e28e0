// Small pieces that the makers of files share.

export const text = (value) => new TextEncoder().encode(value);

/** A number's bytes, least significant first. */
export function little(kind, value) {
  const view = new DataView(new ArrayBuffer(kind === "u8" || kind === "i8" ? 1 : Number(kind.slice(1)) / 8));
  putNumber(view, 0, { kind, value });
  return new Uint8Array(view.buffer);
}

/** @param kind `u8 u16 u32 i16 i64 f32 f64` */
export function putNumber(view, at, { kind, value }) {
  if (kind === "u8") view.setUint8(at, value);
  else if (kind === "u16") view.setUint16(at, value, true);
  else if (kind === "i16") view.setInt16(at, value, true);
  else if (kind === "u32") view.setUint32(at, value, true);
  else if (kind === "i64") view.setBigInt64(at, BigInt.asIntN(64, BigInt(value)), true);
  else if (kind === "f32") view.setFloat32(at, Number(value), true);
  else view.setFloat64(at, Number(value), true);
}

export const widths = { u8: 1, u16: 2, i16: 2, u32: 4, i64: 8, f32: 4, f64: 8 };

export function join(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The same numbers each time: about zero, below `limit`. */
export function noise(limit) {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.round((state / 2 ** 31) * limit);
  };
}
