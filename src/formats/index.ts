// Readers and writers of file formats, on bytes: the part that runs in browsers as well.

export {
  type BoardEvent,
  decodeEvents,
  type EventFilePart,
  type EventMoment,
} from "./event-file.ts";
export type { EventSetting } from "./event-settings.ts";
export { decodeGguf, type GgufContent, type GgufFile, openGguf } from "./gguf.ts";
export type { GgufValue } from "./gguf-header.ts";
export { gunzip, inflate, isGzip } from "./gzip.ts";
export { decodeIdx, type IdxArray, type IdxType } from "./idx.ts";
export type { LimitOptions } from "./limits.ts";
export { decodeNpy, encodeNpy } from "./npy.ts";
export { decodeNpz, encodeNpz, type NpzOptions } from "./npz.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsContent,
  type SafetensorsOptions,
  type WritableTensors,
} from "./safetensors.ts";
export {
  decodeSafetensorsIndex,
  openSafetensors,
  openSharded,
  type SafetensorsFile,
  type SafetensorsIndex,
} from "./safetensors-file.ts";
export { type ByteSource, blobSource, bytesSource, urlSource } from "./source.ts";
export {
  type FloatType,
  type StoredArray,
  type StoredTensor,
  type StoredType,
  type TensorOf,
  type TensorOptions,
  toHostTensor,
  toStoredTensor,
} from "./stored.ts";
export { decodeTorch, type TorchContent, type TorchOptions } from "./torch.ts";
