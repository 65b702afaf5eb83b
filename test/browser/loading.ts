// The module that loading workers of the page import: the digits, shuffled, with noise that belongs to the record.

import { digits, type Loader, pipeline } from "chainrule/data";

export default async ({ seed }: { readonly seed: number }): Promise<Loader> => {
  const { train } = await digits();
  return pipeline(train, { seed })
    .shuffle()
    .map(({ images, labels }, random) => {
      const noise = random.uniform(64);
      return { images: { ...images, data: images.data.map((x, k) => x + noise[k]) }, labels };
    })
    .batch(100);
};
