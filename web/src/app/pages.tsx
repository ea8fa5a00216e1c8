/**
 * Every page, one line each: its address, where its code is, what it takes to see it, and its place in the navigation.
 *
 * A page is the default export of its module, loaded when somebody goes there (or is about to). `may` is a permission of
 * the API; without it any signed-in person sees the page. `menu` puts it into the navigation, in the order of this list;
 * `group` draws a line above. `keys` is a shortcut: `g p` is G, then P.
 */
import type { LucideIcon } from "lucide-react";
// One line each, so that several people can add theirs.
import {
  Activity,
  AlarmClock,
  Bell,
  BookOpen,
  Building2,
  CalendarCheck,
  CalendarClock,
  CalendarDays,
  ChartColumn,
  ClipboardList,
  IndianRupee,
  LayoutDashboard,
  NotebookText,
  Receipt,
  Repeat,
  Settings2,
  ShieldCheck,
  UserRoundCheck,
  Users,
} from "lucide-react";
import type { ComponentType } from "react";

import type { Me } from "@/api/me";
import { words } from "@/lib/strings";

interface Menu {
  /** Of the words of the navigation. */
  label: keyof typeof words.navigation;
  icon: LucideIcon;
  /** A line above it. */
  group?: true;
  /** Among the first four on a phone. */
  phone?: true;
  /** Whose navigation has it, if not everybody's who may see the page. */
  when?: (me: Me) => boolean;
}
export interface Page<P extends string = string> {
  path: P;
  load: () => Promise<{ default: ComponentType }>;
  may?: string;
  /** Narrower than `may`: who it is for. */
  when?: (me: Me) => boolean;
  menu?: Menu;
  keys?: string;
}
const page = <const P extends string>(path: P, load: Page["load"], rest: Omit<Page, "path" | "load"> = {}): Page<P> => ({ path, load, ...rest });

/** In the navigation of therapists; others come to these pages by links. */
const treats = (me: Me) => me.role === "THERAPIST";

export const PAGES = [
  // A therapist starts at what is theirs
  page("/my-day", () => import("@/features/therapist/day"), { may: "therapist-pages:read", menu: { label: "myDay", icon: CalendarCheck, phone: true, when: treats }, keys: "g m" }),
  page("/dashboard", () => import("@/features/reports/dashboard"), { may: "reports:read", menu: { label: "dashboard", icon: LayoutDashboard, phone: true, when: (me) => !treats(me) }, keys: "g d" }),
  // Schedule
  page("/schedule", () => import("@/features/schedule/page"), { may: "sessions:read", menu: { label: "schedule", icon: CalendarDays, phone: true }, keys: "g s" }),
  page("/sessions", () => import("@/features/sessions/list"), { may: "sessions:read", menu: { label: "sessions", icon: ClipboardList } }),
  page("/series", () => import("@/features/series/list"), { may: "sessions:read", menu: { label: "series", icon: Repeat } }),
  // Patients
  page("/patients", () => import("@/features/patients/list"), { may: "patients:read", menu: { label: "patients", icon: Users, phone: true }, keys: "g p" }),
  page("/patients/new", () => import("@/features/patients/edit"), { may: "patients:write" }),
  page("/patients/$patientId", () => import("@/features/patients/detail"), { may: "patients:read" }),
  page("/patients/$patientId/edit", () => import("@/features/patients/edit"), { may: "patients:write" }),
  page("/patients/$patientId/statement", () => import("@/features/patients/statement"), { may: "ledger:read" }),
  // Money
  page("/payments", () => import("@/features/billing/list"), { may: "payments:read", menu: { label: "payments", icon: IndianRupee, phone: true }, keys: "g y" }),
  page("/payments/new", () => import("@/features/billing/record"), { may: "payments:record", keys: "n p" }),
  page("/payments/$paymentId", () => import("@/features/billing/detail"), { may: "payments:read" }),
  page("/dues", () => import("@/features/billing/dues"), { may: "financial-reports:read", menu: { label: "dues", icon: AlarmClock }, keys: "g u" }),
  page("/expenses", () => import("@/features/expenses/list"), { may: "expenses:read", menu: { label: "expenses", icon: Receipt, when: (me) => !treats(me) }, keys: "g e" }),
  page("/expenses/new", () => import("@/features/expenses/edit"), { may: "expenses:write" }),
  page("/expenses/$expenseId", () => import("@/features/expenses/detail"), { may: "expenses:read" }),
  page("/expenses/$expenseId/edit", () => import("@/features/expenses/edit"), { may: "expenses:write" }),
  page("/books", () => import("@/features/accounting/page"), { may: "ledger:read", menu: { label: "accounting", icon: BookOpen }, keys: "g b" }),
  // Progress and requests
  page("/progress-reports", () => import("@/features/progress/list"), { may: "progress-reports:read", menu: { label: "progress", icon: NotebookText, phone: true }, keys: "g r" }),
  page("/progress-reports/new", () => import("@/features/progress/edit"), { may: "progress-reports:write" }),
  page("/progress-reports/compare", () => import("@/features/progress/compare"), { may: "progress-reports:read" }),
  page("/progress-reports/$reportId", () => import("@/features/progress/detail"), { may: "progress-reports:read" }),
  page("/progress-reports/$reportId/edit", () => import("@/features/progress/edit"), { may: "progress-reports:write" }),
  page("/reschedule-requests", () => import("@/features/rescheduling/list"), { may: "reschedule-requests:read", menu: { label: "requests", icon: CalendarClock }, keys: "g q" }),
  // Reports
  page("/reports", () => import("@/features/reports/page"), { may: "reports:read", menu: { label: "reports", icon: ChartColumn }, keys: "g o" }),
  // Therapist's pages
  page("/my-schedule", () => import("@/features/therapist/schedule"), { may: "therapist-pages:read" }),
  page("/my-patients", () => import("@/features/therapist/patients"), { may: "therapist-pages:read", menu: { label: "myPatients", icon: UserRoundCheck, when: treats } }),
  // Settings, notifications
  page("/notifications", () => import("@/features/notices/list"), { may: "notifications:read", menu: { label: "notifications", icon: Bell }, keys: "g n" }),
  page("/centres", () => import("@/features/settings/centres"), { may: "tenants:list", menu: { label: "centres", icon: Building2 } }),
  page("/settings", () => import("@/features/settings/page"), { may: "tenants:read", when: (me) => me.role !== "SUPER_ADMIN", menu: { label: "settings", icon: Settings2, group: true }, keys: "g ," }),
  // Audit, operations
  page("/audit", () => import("@/features/auditing/events"), { may: "events:read", menu: { label: "audit", icon: ShieldCheck }, keys: "g a" }),
  page("/audit/access", () => import("@/features/auditing/access"), { may: "access-log:read" }),
  page("/audit/verification", () => import("@/features/auditing/verification"), { may: "audit:verify" }),
  page("/operations", () => import("@/features/operations/tables"), { may: "projections:read", menu: { label: "operations", icon: Activity } }),
  page("/operations/rebuilds", () => import("@/features/operations/rebuilds"), { may: "projections:read" }),
  page("/operations/parked", () => import("@/features/operations/parked"), { may: "projections:read" }),
  // One's own account
  page("/account", () => import("@/features/settings/account")),
] as const satisfies readonly Page[];

export type Path = (typeof PAGES)[number]["path"] | "/" | "/login";
/** The parameters of an address: `{ patientId: string }` of `/patients/$patientId`. */
export type ParamsOf<P extends string> = P extends `${string}$${infer Name}/${infer Rest}` ? { [K in Name]: string } & ParamsOf<`/${Rest}`> : P extends `${string}$${infer Name}` ? { [K in Name]: string } : unknown;

const ALL: readonly Page[] = PAGES;

export function allowed(page: Page, me: Me): boolean {
  return (page.may === undefined || page.may in me.permissions) && (page.when?.(me) ?? true);
}

export type Entry = Page & { menu: Menu };

/** The navigation of whoever is signed in. */
export function menuOf(me: Me): Entry[] {
  return ALL.filter((each): each is Entry => each.menu !== undefined && allowed(each, me) && (each.menu.when?.(me) ?? true));
}

export const labelOf = ({ menu }: Entry): string => words.navigation[menu.label];

/** Where one starts: the first page of one's navigation, if there is one. */
export function homeOf(me: Me): string | undefined {
  return menuOf(me)[0]?.path;
}
