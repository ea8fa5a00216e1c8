/** What the palette offers to do, one line each: words, the permission it takes, and the page that does it. */
import { words as billing } from "@/features/billing/strings";
import { words as expenses } from "@/features/expenses/strings";
import { words as patients } from "@/features/patients/strings";
import { words as progress } from "@/features/progress/strings";

import { words as shared } from "@/lib/strings";

import type { Path } from "./pages";

interface Action {
  label: string;
  may: string;
  to: { to: Path; search?: Record<string, string> };
}

export const ACTIONS: readonly Action[] = [
  { label: shared.navigation.book, may: "sessions:book", to: { to: "/schedule", search: { book: "true" } } },
  { label: progress.newInFull, may: "progress-reports:write", to: { to: "/progress-reports/new" } },
  { label: patients.new, may: "patients:write", to: { to: "/patients/new" } },
  { label: billing.record.title, may: "payments:record", to: { to: "/payments/new" } },
  { label: expenses.new, may: "expenses:write", to: { to: "/expenses/new" } },
];
