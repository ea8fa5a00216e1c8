import { describe, expect, it } from "vitest";

import { endOfDay } from "@/lib/dates";
import { decimal, minus, paise, sum } from "@/lib/paise";

import { type Due, allocate } from "./allocate";

const due = (id: string, open: string) => ({ id, sessionId: `s${id}`, open }) as Due;
const DUES = [due("1", "100.00"), due("2", "900.00"), due("3", "900.00")];
const told = (...given: Parameters<typeof allocate>) => {
  const { shares, credit } = allocate(...given);
  return [...shares.map(({ due, part, left }) => [due.id, part, left]), credit];
};

describe("what a payment settles", () => {
  it("is the oldest first, and the rest is credit", () => {
    expect(told("550.5", DUES, null, true)).toEqual([["1", "100.00", "0.00"], ["2", "450.50", "449.50"], "0.00"]);
    expect(told("2000", DUES, null, true).at(-1)).toBe("100.00");
  });
  it("is what it names, in that order", () => {
    expect(told("1000", DUES, ["s3", "s1"], false)).toEqual([["3", "900.00", "0.00"], ["1", "100.00", "0.00"], "0.00"]);
  });
  it("leaves to credit what is over, which goes on to the oldest where the centre lets it", () => {
    expect(told("1000", DUES, ["s3"], false)).toEqual([["3", "900.00", "0.00"], "100.00"]);
    expect(told("1000", DUES, ["s3"], true)).toEqual([["3", "900.00", "0.00"], ["1", "100.00", "0.00"], "0.00"]);
  });
});

describe("amounts", () => {
  it("are exact", () => {
    expect(sum(["0.10", "0.20", "-0.05"])).toBe("0.25");
    expect(minus("0.10", "100.05")).toBe("-99.95");
    expect(decimal(paise("9999999999.99") * 3n)).toBe("29999999999.97");
    expect(decimal(paise("-0.05"))).toBe("-0.05");
  });
});

describe("the end of a day", () => {
  it.each([
    ["2026-11-10", "Asia/Kolkata", "2026-11-10T18:29:59Z"],
    ["2026-10-25", "Europe/Berlin", "2026-10-25T22:59:59Z"],
    ["2026-03-29", "Europe/Berlin", "2026-03-29T21:59:59Z"],
  ])("%s in %s", (date, zone, at) => expect(endOfDay(date, zone)).toBe(at));
});
