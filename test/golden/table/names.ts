// The names that PyTorch gives to parameters, as paths in our layers.

import { nn } from "../../../src/index.ts";

export const pathOf: (name: string) => string = nn.torchPath;
