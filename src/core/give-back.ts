// Memory of large arrays that nobody will read again: engines collect it only after hundreds of megabytes of it.

/** Bytes up to which a buffer is left to the collector. */
const small = 16_384;

/** Frees a buffer at once, where the engine can (`ArrayBuffer.prototype.transfer`); every array on it is empty then. */
export function giveBack(buffer: ArrayBufferLike & { transfer?(length: number): unknown }): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > small) buffer.transfer?.(0);
}
