/** What opens over any page: a record's history, the events behind a number. The shell shows them, loaded when first asked for. */
export type Overlay =
  | { what: "history"; of: string; address: string }
  | { what: "explain"; label: string; address: string };

let open: Overlay | null = null;
const listeners = new Set<() => void>();

export const overlay = (): Overlay | null => open;
export function subscribeOverlay(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
function set(now: Overlay | null): void {
  open = now;
  for (const listener of listeners) listener();
}
export const closeOverlay = (): void => set(null);

/** `showHistory("Aarav Bose", `/api/v1/patients/${id}/history`)` */
export function showHistory(of: string, address: string): void {
  set({ what: "history", of, address });
}

/** `address` as the API gives it beside each figure (`explain`). */
export function explain(label: string, address: string): void {
  set({ what: "explain", label, address });
}
