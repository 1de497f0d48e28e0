/**
 * The part of WebAssembly's JavaScript interface (W3C, 2.0) that kernels need. TypeScript declares it with the
 * browser's library only, which the core does not use.
 */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

export interface Memory {
  /** Another one after every `grow`. */
  readonly buffer: ArrayBuffer;
  /** @param pages of 64 KiB */
  grow(pages: number): number;
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

const pageBytes = 65536;

/** A module that is compiled when first wanted. Each call makes an instance with a memory of its own. */
export function lazyModule<Exports extends { readonly memory: Memory }>(base64: string): () => Exports {
  let module: object | undefined;
  return () => {
    module ??= new WebAssembly.Module(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
    return new WebAssembly.Instance(module).exports as Exports;
  };
}

/** Hands out a kernel's memory from the bottom up, 16 bytes aligned and zeroed. Nothing is given back. */
export function createArena(memory: Memory): (bytes: number) => number {
  let top = 16;
  return (bytes) => {
    const start = top;
    top += Math.ceil(bytes / 16) * 16;
    const missing = top - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return start;
  };
}
