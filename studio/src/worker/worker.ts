// The worker: one session, offered to the page.

import { expose } from "comlink";
import { Session } from "./session.ts";

expose(new Session());
