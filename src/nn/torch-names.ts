// The names that PyTorch gives to parameters, as paths in this library's layers, so that its checkpoints can be loaded:
// nn.loadState(layer, new Map([...tensors].map(([name, value]) => [nn.torchPath(name), value]))).

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
