// Augmentation of records on the host, `data.augment`: functions for a pipeline's `map`, before or after batching, with random
// numbers from the stream they are given alone. The layers of `nn` of the same names do the same inside a compiled step.

export { colorJitter, gaussianNoise } from "./color.ts";
export type { Augmentation, FieldOption } from "./field.ts";
export { randomAffine, randomCrop, randomFlip, randomRotation } from "./geometry.ts";
export { randomErasing, specAugment } from "./hiding.ts";
export { cutMix, type MixFields, mixup } from "./mixing.ts";
export { type NormalizeOptions, normalize } from "./normalize.ts";
