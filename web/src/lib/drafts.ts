/** What was begun and not sent yet: kept in the browser under the name of whoever writes it. */
export const DRAFTS = "daybook.draft.";

/** What was begun goes when its writer signs out; nobody else would know what it is. */
export function forgetDrafts(): void {
  for (const storage of [localStorage, sessionStorage]) for (const key of Object.keys(storage)) if (key.startsWith(DRAFTS)) storage.removeItem(key);
}
