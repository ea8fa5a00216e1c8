/** Exact arithmetic on the API's decimal strings, in the smallest unit of money. */
export function paise(amount: string): bigint {
  const [, sign = "", whole = "0", part = ""] = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(amount.trim()) ?? [];
  const value = BigInt(whole) * 100n + BigInt(part.padEnd(2, "0") || "0");
  return sign ? -value : value;
}

export function decimal(value: bigint): string {
  const size = value < 0n ? -value : value;
  return `${value < 0n ? "-" : ""}${size / 100n}.${String(size % 100n).padStart(2, "0")}`;
}

export const sum = (amounts: readonly string[]): string => decimal(amounts.reduce((total, amount) => total + paise(amount), 0n));
export const minus = (from: string, what: string): string => decimal(paise(from) - paise(what));
export const isZero = (amount: string): boolean => paise(amount) === 0n;
export const isAmount = (text: string): boolean => /^\d{1,10}(\.\d{1,2})?$/.test(text);

const ZEROS = "०০੦૦௦౦೦"; // of the scripts of India; nine more follow each
const SIGN = /^(₹|rs\.?|inr)\s*/i;
const GROUPED = /^\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?$/;

/**
 * An amount as it is typed or pasted (`₹ 12,34,567.50`, `Rs. 500`, `५००`) as the API reads it. What is no amount stays as
 * it is, for the form to refuse: `1,5` may have meant a decimal comma.
 */
export function plainAmount(text: string): string {
  const digits = text.trim().replace(/\p{Nd}/gu, (digit) => {
    const zero = [...ZEROS].find((each) => digit >= each && digit.charCodeAt(0) - each.charCodeAt(0) < 10);
    return zero ? String(digit.charCodeAt(0) - zero.charCodeAt(0)) : digit;
  });
  const bare = digits.replace(SIGN, "").replace(/\/-$/, "").trim();
  return GROUPED.test(bare) ? bare.replaceAll(",", "") : /^\d/.test(bare) ? bare : text.trim();
}
