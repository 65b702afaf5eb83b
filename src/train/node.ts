// The training entry for Node: everything of the browser entry, recipes with files, and saved runs.

export * from "./index.ts";
export { fashionMnistRecipe, mnistRecipe, recipes } from "./node-recipes.ts";
export {
  checkRunDirectory,
  libraryVersion,
  loadRun,
  type RunFacts,
  restoreModel,
  runFiles,
  type SavedRun,
  saveRun,
} from "./node-run.ts";
