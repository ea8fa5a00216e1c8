const KEY = "daybook.theme";
export type Theme = "light" | "dark";

export function theme(): Theme {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function show(chosen: Theme): void {
  document.documentElement.dataset.theme = chosen;
}

export function choose(chosen: Theme): void {
  localStorage.setItem(KEY, chosen);
  show(chosen);
}
