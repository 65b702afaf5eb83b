// Lays large graphs out away from the page.

import { expose } from "comlink";
import { layout } from "./layout.ts";

expose({ layout });
