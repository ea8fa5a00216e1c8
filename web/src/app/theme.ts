const KEY = "daybook.theme";
const DARK = "(prefers-color-scheme: dark)";
export type Theme = "light" | "dark" | "system";

export function theme(): Theme {
  const chosen = localStorage.getItem(KEY);
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** Paint it, now and whenever the system changes its mind. */
export function show(chosen: Theme = theme()): void {
  const dark = chosen === "dark" || (chosen === "system" && matchMedia(DARK).matches);
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
}

export function choose(chosen: Theme): void {
  if (chosen === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, chosen);
  show(chosen);
}

export function follow(): void {
  show();
  matchMedia(DARK).addEventListener("change", () => show());
  window.addEventListener("storage", () => show());
}
