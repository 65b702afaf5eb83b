// The names that PyTorch gives to parameters, as paths in this library's layers and back, so that weights go both ways:
// nn.loadState(model, nn.fromTorch(model, tensors)), and model.load_state_dict of what nn.toTorch(model) gave.

import type { HostTensor } from "../core/host.ts";
import { Sequential } from "./containers.ts";
import { saveState } from "./state.ts";
import { type Walk, walk } from "./walk.ts";

const recurrentName = /(weight|bias)_(ih|hh|hr)(?:_l(\d+)(_reverse)?)?$/;
const partNames: Readonly<Record<string, string>> = {
  ih: "Input",
  hh: "Hidden",
  hr: "Projection",
};

/**
 * The path of a parameter by its name in PyTorch's layer of the same name: words in camelCase (`self_attn.in_proj_bias` →
 * `selfAttn.inProjBias`), `running_var` → `runningVariance`, and for recurrent layers and cells
 * `weight_ih_l0_reverse` → `reverseLayers.0.weightInput`, `bias_hh` → `biasHidden`.
 */
export function torchPath(name: string): string {
  return name
    .replace(recurrentName, recurrentPath)
    .replace("running_var", "runningVariance")
    .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function recurrentPath(
  _: string,
  kind: string,
  part: string,
  layer: string | undefined,
  reverse: string | undefined,
): string {
  const own = `${kind}${partNames[part]}`;
  if (layer === undefined) return own;
  return `${reverse === undefined ? "layers" : "reverseLayers"}.${layer}.${own}`;
}

/**
 * Gives tensors that PyTorch named the paths of a model, for `loadState`: names by `torchPath`, and found also where PyTorch's
 * container has no word for its layers (`0.weight` of its Sequential is `layers.0.weight` here). A name that fits no path
 * stays as `torchPath` gives it, so that `loadState` can tell of it.
 */
export function fromTorch<Value>(
  model: object,
  tensors: ReadonlyMap<string, Value>,
): Map<string, Value> {
  const { state, aliases } = walk(model);
  const paths = new Map<string, string | undefined>();
  for (const path of [...state.keys(), ...aliases.keys()]) {
    const short = withoutLayers(path);
    paths.set(short, paths.has(short) ? undefined : path); // What could be two is neither.
  }
  return new Map(
    [...tensors].map(([name, value]) => {
      const path = torchPath(name);
      return [state.has(path) ? path : (paths.get(withoutLayers(path)) ?? path), value];
    }),
  );
}

/**
 * Copies a model's state under the names that PyTorch gives it in the same layers (`layers.0.runningVariance` of a Sequential is
 * `0.running_var` there), for `model.load_state_dict(safetensors.torch.load_file("model.safetensors"))`:
 * `saveSafetensors("model.safetensors", nn.toTorch(model))`. Tied weights have all of their names.
 */
export function toTorch(model: object): Map<string, HostTensor> {
  const state = saveState(model);
  const walked = walk(model);
  const names = new Map<string, HostTensor>();
  for (const path of [...state.keys(), ...walked.aliases.keys()]) {
    names.set(torchName(path, walked), state.get(walked.aliases.get(path) ?? path) as HostTensor);
  }
  return names;
}

const recurrentEnd = /(?:(layers|reverseLayers)\.(\d+)\.)?(weight|bias)(Input|Hidden|Projection)$/;

function torchName(path: string, { owners }: Walk): string {
  const parts = path.split(".");
  const ownerOf = (k: number): object | undefined => owners.get(parts.slice(0, k).join("."));
  const inTorch = parts.filter(
    (part, k) => !(part === "layers" && ownerOf(k) instanceof Sequential),
  );
  return inTorch
    .join(".")
    .replace(recurrentEnd, recurrentTorchName)
    .replace(/runningVariance$/, "running_var")
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function recurrentTorchName(
  _: string,
  group: string | undefined,
  layer: string | undefined,
  kind: string,
  part: string,
): string {
  const [short] = Object.entries(partNames).find(([, word]) => word === part) ?? [part];
  const cell = `${kind}_${short}`;
  return group === undefined ? cell : `${cell}_l${layer}${group === "layers" ? "" : "_reverse"}`;
}

function withoutLayers(path: string): string {
  const parts = path.split(".");
  return parts.filter((part) => part !== "layers").join(".");
}
