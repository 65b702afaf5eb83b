// Numbers, sizes, times and values as the page of runs writes them.

/** A number with as many digits as help. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return value.toLocaleString("en-US");
  if (size >= 1e5 || size < 1e-3) return value.toExponential(2).replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}

/** A final number by its name: fractions as percent. */
export function score(name: string, value: number | undefined): string {
  if (value === undefined) return "–";
  return /accuracy/i.test(name) && value <= 1 ? `${(100 * value).toFixed(2)} %` : short(value);
}

export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  return `${power === 0 ? count : (count / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** Seconds as people say them. */
export function span(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const rest = String(whole % 60).padStart(2, "0");
  return hours === 0
    ? `${minutes}:${rest}`
    : `${hours}:${String(minutes).padStart(2, "0")}:${rest}`;
}

/** A setting of any kind as text. */
export function plain(value: unknown): string {
  if (value === undefined || value === null) return "–";
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A moment, in the page's language. */
export function moment(iso: string, language: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "–";
  const options = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  return date.toLocaleString(language === "zh" ? "zh-CN" : "en-GB", options);
}
