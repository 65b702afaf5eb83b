// Values that JSON holds without loss, as a type: what checkpoints and run files may contain.

/** A value that survives `JSON.parse(JSON.stringify(value))`. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };
