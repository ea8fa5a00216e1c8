/** English in letters of another script: `Ｓａｖｅ`. What is in plain letters on a page is not in the catalogue. */
import type { Language } from "./catalogue";

const WIDE = 0xfee0; // from the letters of ASCII to their full width

const wide = (text: string): string => text.replaceAll(/[A-Za-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + WIDE));

function pseudo(value: unknown): unknown {
  if (typeof value === "string") return wide(value);
  if (typeof value === "function") return (...given: unknown[]) => pseudo((value as (...given: unknown[]) => unknown)(...given));
  if (Array.isArray(value)) return value.map(pseudo);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, pseudo(each)]));
  return value;
}

export const language: Language = (_, english) => pseudo(english) as object;
