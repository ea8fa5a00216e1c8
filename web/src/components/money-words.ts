/** What the ways of paying and the kinds of spending are called; several features show them. */
import type { Schema } from "@/api/client";
import { catalogue } from "@/lib/strings/catalogue";

export type Method = Schema<"PaymentMethod">;
export type Paid = Exclude<Method, "OPENING">;
export type Category = Schema<"ExpenseCategory">;

export const METHODS = catalogue("methods", { CASH: "Cash", UPI: "UPI", CARD: "Card", BANK_TRANSFER: "Bank transfer", CHEQUE: "Cheque" } satisfies Record<Paid, string>);
export const BEFORE = catalogue("before", { OPENING: "From before" });
export const METHOD_WORDS: Record<Method, string> = { ...METHODS, ...BEFORE };
export const METHOD_OPTIONS = Object.entries(METHODS) as [Paid, string][];

export const CATEGORY_WORDS: Record<Category, string> = catalogue("categories", {
  RENT: "Rent", SALARIES: "Salaries", UTILITIES: "Utilities", SUPPLIES: "Supplies", EQUIPMENT: "Equipment", MAINTENANCE: "Maintenance",
  SOFTWARE: "Software", MARKETING: "Marketing", TRAINING: "Training", TRAVEL: "Travel", INSURANCE: "Insurance",
  PROFESSIONAL_FEES: "Professional fees", BANK_CHARGES: "Bank charges", TAXES: "Taxes", OTHER: "Other",
}); // prettier-ignore
export const CATEGORY_OPTIONS = Object.entries(CATEGORY_WORDS) as [Category, string][];
