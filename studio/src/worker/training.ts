// The training worker: one session, offered to the page.

import { expose } from "comlink";
import { TrainingSession } from "./training-session.ts";

expose(new TrainingSession());
