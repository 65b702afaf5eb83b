// Installs the eager engine; imported for this effect by the entry point.

import { installEngine } from "../ir/engine.ts";
import { eagerEngine } from "./engine.ts";

installEngine(eagerEngine);
