import { beforeEach, describe, expect, test, vi } from "vitest";

import { ALL } from "./all";
import { language } from "./pseudo";

/** Each sentence with where it stands; what is made of something is made of a number. */
function sentences(of: unknown, at: string): [string, string][] {
  if (typeof of === "string") return [[at, of]];
  if (typeof of === "function") {
    const made = (of as (...given: unknown[]) => unknown)(...Array.from({ length: 8 }, () => 3));
    return typeof made === "string" ? [[at, made]] : [];
  }
  if (typeof of !== "object" || of === null) throw new Error(`${at} is no words`);
  return Object.entries(of).flatMap(([key, each]) => sentences(each, `${at}.${key}`));
}

describe("the catalogue", () => {
  test("has every file of words", () => {
    const files = Object.keys(import.meta.glob("../../features/*/strings.ts")).map((file) => file.split("/").at(-2));
    expect(files.length).toBeGreaterThan(15);
    for (const feature of files) expect(Object.keys(ALL)).toContain(feature === "history" ? "events" : feature);
  });

  test("can be said in another language to its last word", () => {
    const told = Object.entries(ALL).flatMap(([part, words]) => sentences(language(part, words), part));
    expect(told.length).toBeGreaterThan(1_000);
    const plain = told.filter(([, text]) => /[A-Za-z]/.test(text));
    expect(plain).toEqual([]);
  });
});

describe("another language", () => {
  const kept = new Map<string, string>();
  beforeEach(() => {
    vi.resetModules();
    kept.clear();
    vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null });
    vi.stubGlobal("document", { documentElement: { lang: "en" } });
  });

  test("is laid over what is there, and over what comes later", async () => {
    kept.set("daybook.language", "en-XA");
    const { catalogue, chooseLanguage } = await import("./catalogue");
    const early = catalogue("early", { save: "Save", deep: { days: ["Mon"], count: (n: number) => `${n} days` } });
    await chooseLanguage();
    const late = catalogue("late", { undo: "Undo" });
    expect([early.save, early.deep.days[0], early.deep.count(2), late.undo]).toEqual(["Ｓａｖｅ", "Ｍｏｎ", "2 ｄａｙｓ", "Ｕｎｄｏ"]);
    expect(document.documentElement.lang).toBe("en-XA");
  });

  test.each([["none", undefined], ["unknown", "xx"]])("of which there is %s is English", async (_, tag) => {
    if (tag) kept.set("daybook.language", tag);
    const { catalogue, chooseLanguage } = await import("./catalogue");
    await chooseLanguage();
    expect(catalogue("part", { save: "Save" }).save).toBe("Save");
  });
});
