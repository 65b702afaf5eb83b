// The data of loading.mjs, as the module that its loading workers import: MNIST from its files, and a folder of PNG images
// that are decoded, cropped at random and mirrored.

import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { here } from "./machine.mjs";

/** Makes the loader that `what` names: `{ kind: "mnist" | "folder", path, batchSize, records }`. */
export default async function makeLoader({ kind, path, batchSize, records }) {
  const library = await importData();
  if (kind === "folder") return folderLoader(library, path, batchSize);
  const { train } = await library.mnist({ dataDir: path, flat: false });
  const some = library.take(train, records);
  return library.batches(some, { batchSize, shuffle: true, seed: 1, dropLast: true });
}

/** The library's `chainrule/data`, of the build that is measured. */
export function importData() {
  const main = process.env.CHAINRULE_LIBRARY ?? resolve(here, "../dist/index.js");
  return import(pathToFileURL(resolve(dirname(main), "data/node.js")).href);
}

/** Random crops of images with four pixels of margin, every second one mirrored. */
async function folderLoader({ pipeline, imageFolder, augment }, folder, batchSize) {
  const images = await imageFolder(folder, { size: 28, channels: 1 });
  return pipeline(images, { seed: 1 })
    .shuffle()
    .map(augment.randomCrop(28, { padding: 4 }))
    .map(augment.randomFlip())
    .batch(batchSize, { dropLast: true });
}
