// What browsers get in place of native code, so that they do not download assemblers that they cannot use. The `browser`
// field of package.json exchanges the file that native.ts is bundled into for this one. Bundlers for browsers follow it;
// whatever does not (Node, Deno, a page without a bundler) loads the real one, which asks where it runs.

import type * as Blas from "../blas/system-blas.ts";
import type * as Koffi from "./koffi.ts";
import type * as Native from "./native.ts";

const nothing = (): Koffi.Off => ({ off: "only Node can call native code" });

/** Says that there is no machine code here. */
export const nativeMacro: typeof Native.nativeMacro = nothing;

/** Says that there is no BLAS here. */
export const systemBlas: typeof Blas.systemBlas = nothing;

/** There is no koffi here. */
export const koffiPath: typeof Koffi.koffiPath = () => undefined;
