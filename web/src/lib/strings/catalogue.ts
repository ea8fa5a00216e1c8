/**
 * The catalogue of words. English is in the code, complete, each feature's beside its pages; `all.ts` is the whole of it.
 * Another language is laid over it in place, before the first page is drawn: whoever reads English waits for nothing.
 */

/** Another language: the same words of a part of the catalogue. What it lacks stays English. */
export type Language = (part: string, english: object) => object | undefined;

/** Languages beside English, by their tags. `en-XA` is none: it makes plain what is written outside the catalogue. */
export const LANGUAGES: Record<string, () => Promise<{ language: Language }>> = { "en-XA": () => import("./pseudo") };

const KEY = "daybook.language";
const parts = new Map<string, object>();
let language: Language | undefined;

/** A part of the catalogue, in the language of whoever reads it. */
export function catalogue<T extends object>(part: string, english: T): T {
  parts.set(part, english);
  if (language) lay(language(part, english), english);
  return english;
}

/** Before the first page is drawn. A language that cannot be had is English. */
export async function chooseLanguage(tag: string | null = localStorage.getItem(KEY)): Promise<void> {
  const load = tag === null ? undefined : LANGUAGES[tag];
  if (!load || tag === null) return;
  const found = await load().catch(() => undefined);
  if (!found) return;
  language = found.language;
  for (const [part, english] of parts) lay(language(part, english), english);
  document.documentElement.lang = tag;
}

function lay(over: object | undefined, under: object): void {
  for (const [key, value] of Object.entries(over ?? {})) {
    const before = (under as Record<string, unknown>)[key];
    if (typeof value === "object" && value !== null && typeof before === "object" && before !== null) lay(value as object, before);
    else (under as Record<string, unknown>)[key] = value;
  }
}
