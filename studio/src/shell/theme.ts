// Light, dark, or as the system has it; kept for the next visit.

export type Theme = "light" | "dark" | "system";

const key = "chainrule-studio-theme";

export function initialTheme(): Theme {
  const kept = localStorage.getItem(key);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function keepTheme(theme: Theme): void {
  localStorage.setItem(key, theme);
  document.documentElement.dataset.theme = theme;
}
