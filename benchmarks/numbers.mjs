// How tables show numbers.

/** Three digits, or whole numbers from 100 on; a dash where there is none. */
export function rounded(value) {
  if (value === undefined || Number.isNaN(value)) return "–";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A share as a percentage: whole, or two digits where it is under one. */
export function percent(share) {
  const value = 100 * share;
  return `${value < 1 ? value.toPrecision(2) : value.toFixed(0)} %`;
}
