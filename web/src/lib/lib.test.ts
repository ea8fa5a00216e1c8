import { describe, expect, test } from "vitest";

import { messages } from "@/api/live";
import { type Session, lanes, shortNames } from "@/features/schedule/data";

import { cn } from "./cn";
import { csv } from "./csv";
import { addDays, addMonths, isDate, minutes, monthEnd, wall, weekStart, weekday } from "./dates";
import { parseSearch, stringifySearch } from "./filters";
import { dateAt, instant, money, timeAt } from "./format";
import { plainAmount } from "./paise";

describe("class names", () => {
  test("later ones win over earlier ones of the same kind, and only those", () => {
    expect(cn("flex px-4 text-sm text-muted", "px-2 text-lg")).toBe("flex text-muted px-2 text-lg");
    expect(cn("px-4 sm:px-6", "px-2")).toBe("sm:px-6 px-2");
    expect(cn("grid", false, undefined, "hidden")).toBe("hidden");
    expect(cn("bg-surface hover:bg-sunken", "bg-brand")).toBe("hover:bg-sunken bg-brand");
  });
});

describe("dates", () => {
  test("weeks begin on Monday", () => {
    expect(weekday("2026-11-23")).toBe(0);
    expect(weekStart("2026-11-29")).toBe("2026-11-23");
  });
  test("months end where they end", () => {
    expect(addMonths("2026-01-31", 1)).toBe("2026-02-28");
    expect(addMonths("2026-12-15", 1)).toBe("2027-01-15");
    expect(monthEnd("2028-02-10")).toBe("2028-02-29");
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
  });
  test("wall times are minutes of the day", () => {
    expect([minutes("09:30"), wall(570), wall(minutes("24:00"))]).toEqual([570, "09:30", "24:00"]);
  });
  test("what is no date is none", () => {
    expect([isDate("2026-02-30"), isDate("2026-2-3"), isDate("2026-02-28")]).toEqual([false, false, true]);
  });
});

describe("money and times", () => {
  test("amounts are never floats", () => {
    expect(money("1234567.00")).toBe("₹12,34,567");
    expect(money("9007199254740993.25")).toBe("₹9,00,71,99,25,47,40,993.25");
    expect(money("-800.50")).toBe("-₹800.50");
  });
  test.each([
    ["₹12,34,567.50", "1234567.50"], ["1,250.00", "1250.00"], ["Rs. 500/-", "500"], ["INR 99", "99"], [" 800 ", "800"], ["५००", "500"], ["₹ १,२५०.५०", "1250.50"],
  ])("%s is an amount, however it was pasted", (typed, read) => {
    expect(plainAmount(typed)).toBe(read);
  }); // prettier-ignore
  test.each(["1,5", "1.250,00", "-5", "12e3", "", "₹", "five", "1,2345"])("%s stays what it is, to be refused", (typed) => {
    expect(plainAmount(typed)).toBe(typed);
  });
  test("instants are told in the centre's zone", () => {
    expect([dateAt("2026-11-22T19:00:00Z"), timeAt("2026-11-22T19:00:00Z")]).toEqual(["2026-11-23", "00:30"]);
    expect(instant("2026-11-22T19:00:00Z")).toContain("IST");
  });
});

describe("files", () => {
  test("what somebody typed does not become a formula; numbers stay numbers", () => {
    expect(csv([["=1+1", "-800.00", 'say "hi", you', null]])).toBe(`'=1+1,-800.00,"say ""hi"", you",\r\n`);
  });
});

describe("addresses", () => {
  test("hold what they are given, as text", () => {
    const search = { search: "a&b=c +91", page: "2" };
    expect(parseSearch(stringifySearch(search).slice(1))).toEqual(search);
    expect(stringifySearch({ search: undefined })).toBe("");
  });
});

describe("the stream", () => {
  const heard = async (...parts: string[]) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });
    const all = [];
    for await (const message of messages(body)) all.push(message);
    return all;
  };
  test("is the same however it is cut", async () => {
    const text = 'event: changed\nid: 7\ndata: {"a":\ndata: "₹"}\n\n: beat\n\nid: 8\n\n';
    const whole = await heard(text);
    expect(whole).toEqual([
      { event: "changed", id: "7", data: '{"a":\n"₹"}' },
      { event: "", id: "", data: "" },
      { event: "", id: "8", data: "" },
    ]);
    expect(await heard(...text)).toEqual(whole);
  });
});

describe("blocks of the schedule", () => {
  const at = (id: string, startTime: string, endTime: string) => ({ id, startTime, endTime }) as Session;
  test("stand side by side only where they overlap", () => {
    const placed = lanes([at("a", "09:00", "10:00"), at("b", "09:30", "10:30"), at("c", "10:00", "11:00"), at("d", "11:00", "12:00")]);
    expect(placed.get("a")).toEqual({ lane: 0, of: 2 });
    expect(placed.get("b")).toEqual({ lane: 1, of: 2 });
    expect(placed.get("c")).toEqual({ lane: 0, of: 2 });
    expect(placed.get("d")).toEqual({ lane: 0, of: 1 });
  });
});

test("two of one first name are told apart", () => {
  const short = shortNames(["Ananya Rao", "Bela Shah", "Ananya Rao", "Ananya Iyer", "Bela"]);
  expect([...short.values()]).toEqual(["Ananya Rao", "Bela Shah", "Ananya Iyer", "Bela"]);
  expect([...shortNames(["Ananya Rao", "Bela Shah"]).values()]).toEqual(["Ananya", "Bela"]);
});
