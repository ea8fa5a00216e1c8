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
export const isAmount = (text: string): boolean => /^\d{1,10}(\.\d{1,2})?$/.test(text.trim());
