// The worker: one session, offered to the page.

import { loadWebAssembly } from "virtual:webassembly";
import { expose } from "comlink";
import { Session } from "./session.ts";

expose(new Session(loadWebAssembly));
