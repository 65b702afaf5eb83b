// The .npz format of NumPy: a zip archive of .npy files, one for each named array.

import type { HostTensor } from "../core/host.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import { checkBytes, checkNamed, refuser, shown } from "./bad-file.ts";
import type { LimitOptions } from "./limits.ts";
import { anotherKind } from "./look-alike.ts";
import { decodeNpy, encodeNpy } from "./npy.ts";
import type { StoredTensor, TensorOf, TensorOptions } from "./stored.ts";
import { isZip, readZip } from "./zip.ts";
import { writeZip } from "./zip-write.ts";

/** How arrays are packed. */
export interface NpzOptions {
  /** Deflates them, as `np.savez_compressed` does; default false. */
  readonly compress?: boolean;
}

const optionNames: OptionNames<NpzOptions> = { compress: true };
const readNames: OptionNames<TensorOptions & LimitOptions> = { raw: true, maxBytes: true };

/**
 * Decodes a .npz file, packed or not: arrays by name, each as by `decodeNpy`.
 *
 * A damaged or contradictory archive is a `BAD_FILE` error, and so is one that unpacks to more than `maxBytes` (default:
 * 1 GiB, or 8 × the file if that is more). Memory: at most 5 × what it unpacks to, and what it unpacks to.
 */
export function decodeNpz<Raw extends boolean = false>(
  bytes: Uint8Array,
  name: string = "npz data",
  options: TensorOptions<Raw> & LimitOptions = {},
): Map<string, TensorOf<Raw>> {
  checkBytes("decodeNpz", bytes);
  checkOptionNames("decodeNpz", options, readNames);
  if (!isZip(bytes)) {
    const reason = "it does not begin as a zip archive does";
    throw anotherKind("npz", name, { wanted: "a .npz file", reason, start: bytes });
  }
  const { raw } = options;
  const arrays = new Map<string, TensorOf<Raw>>();
  for (const [entry, { unpack }] of readZip(bytes, name, options, "npz")) {
    if (!entry.endsWith(".npy")) {
      const isTorch = entry.endsWith("/data.pkl");
      const fix = isTorch ? "A file of torch.save is read with loadTorch." : undefined;
      throw refuser("npz", name)(`holds ${shown(entry)}, which is no .npy file`, undefined, fix);
    }
    arrays.set(entry.slice(0, -4), decodeNpy(unpack(), `${name} (${entry})`, { raw }));
  }
  return arrays;
}

/** Encodes named tensors as a .npz file, each as by `encodeNpy`; the same tensors give the same bytes. */
export function encodeNpz(
  tensors: ReadonlyMap<string, HostTensor | StoredTensor>,
  options: NpzOptions = {},
): Uint8Array {
  checkNamed("encodeNpz", tensors);
  checkOptionNames("encodeNpz", options, optionNames);
  const entries = [...tensors].map(([name, tensor]) => [`${name}.npy`, encodeNpy(tensor)] as const);
  return writeZip(new Map(entries), { compress: options.compress ?? false });
}
