// The names that PyTorch gives to parameters, as paths in our layers.

/** `rnn.weight_ih_l0_reverse` → `rnn.reverseLayers.0.weightInput`, `self_attn.in_proj_bias` → `selfAttn.inProjBias`. */
export function pathOf(name: string): string {
  return name
    .replace(
      /(weight|bias)_(ih|hh)_l(\d+)(_reverse)?/,
      (_, kind: string, side: string, layer: string, reverse?: string) => {
        const list = reverse === undefined ? "layers" : "reverseLayers";
        return `${list}.${layer}.${kind}${side === "ih" ? "Input" : "Hidden"}`;
      },
    )
    .replace("running_var", "runningVariance")
    .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
