// Weighs the tab with the large model stage by stage, for benchmarks/studio-memory.mjs: prints a line of JSON.

import { exploreLarge, MemoryWatch, millionRoute } from "./large-model.ts";
import { inPage, openStage } from "./stage.ts";

const stage = await openStage();
try {
  await inPage(stage, {}, async (page) => {
    await page.goto(`${stage.site}#${millionRoute}`);
    await page.locator("main canvas").first().waitFor();
    const watch = await MemoryWatch.of(stage.browser);
    const stages: { readonly stage: string; readonly now: number; readonly most: number }[] = [];
    const note = (name: string): void => {
      const [now, most] = [watch.now, watch.most].map((bytes) => Math.round(bytes / 1e6));
      stages.push({ stage: name, now, most });
    };
    const wrong = await exploreLarge(page, note);
    watch.end();
    if (wrong.length > 0) throw new Error(wrong.join("; "));
    console.log(JSON.stringify(stages));
  });
} finally {
  await stage.close();
}
