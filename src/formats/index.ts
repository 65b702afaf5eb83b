// Readers and writers of file formats, on bytes: the part that runs in browsers as well.

export { gunzip, inflate, isGzip } from "./gzip.ts";
export { decodeIdx, type IdxArray, type IdxType } from "./idx.ts";
export { decodeSafetensors, encodeSafetensors, type SafetensorsContent } from "./safetensors.ts";
