// The worker of the page: the session of its step.

import { expose } from "comlink";
import { StoredSession } from "./stored-session.ts";

expose(new StoredSession());
