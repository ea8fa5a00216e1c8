import type { Schema } from "@/api/client";
import { useNames, useStaff } from "@/components/names";
import { type Column, DataTable, useList } from "@/components/table";
import { Toolbar } from "@/components/toolbar";
import { Field, Select } from "@/components/ui/fields";
import { PageBody, PageHead } from "@/components/ui/page";
import { spelled } from "@/features/history/strings";
import { useMe } from "@/api/me";
import { addDays, isDate, startOfDay } from "@/lib/dates";
import { useFilters } from "@/lib/filters";
import { fullName, useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";

import { AuditNav } from "./nav";
import { words } from "./strings";

const w = words.log;
type Row = Schema<"AccessEntry">;
type Action = Schema<"Access">;

const actionWords = (action: string) => w.actions[action] ?? spelled(action);

const ACTIONS: readonly Action[] = ["login", "login-failed", "login-throttled", "logout", "refresh-reused", "read", "export"];

export default function AccessLog() {
  const { instant } = useFormat();
  const names = useNames();
  const staff = useStaff().data?.data ?? [];
  const zone = useMe().centre.timezone;
  const [filters, set] = useFilters({ actor: "", action: "", from: "", until: "", sort: "", page: 1 });
  const action = ACTIONS.find((each) => each === filters.action);
  const list = useList("access-log", "/api/v1/access-log", {
    query: {
      actor: filters.actor, action, page: filters.page, sort: filters.sort || "-at",
      from: isDate(filters.from) ? startOfDay(filters.from, zone) : undefined, to: isDate(filters.until) ? startOfDay(addDays(filters.until, 1), zone) : undefined,
    },
  }); // prettier-ignore
  const columns: Column<Row>[] = [
    { key: "what", label: w.action, head: true, csv: (row) => row.action, cell: (row) => actionWords(row.action) },
    { key: "who", label: w.who, csv: (row) => (row.actor && names(row.actor)) ?? row.actor, cell: (row) => (row.actor ? (names(row.actor) ?? shared.history.someone) : w.system) },
    { key: "record", label: w.what, csv: (row) => [row.subjectKind, row.subject].filter(Boolean).join(" "), cell: (row) => row.subjectKind && <span title={row.subject ?? undefined}>{spelled(row.subjectKind)}</span> },
    { key: "address", label: w.address, wide: true, csv: (row) => row.address, cell: (row) => <span className="font-mono text-xs">{row.address}</span> },
    { key: "when", label: w.when, sort: "at", csv: (row) => row.at, cell: (row) => <span className="sm:whitespace-nowrap">{instant(row.at)}</span> },
  ]; // prettier-ignore
  const narrowed = Boolean(filters.actor || filters.action || filters.from || filters.until);
  return (
    <PageBody>
      <PageHead title={words.access} about={w.about} />
      <AuditNav />
      <Toolbar clear={narrowed && (() => set({ actor: "", action: "", from: "", until: "" }))}>
        <Select label={w.action} value={filters.action} empty={words.any} options={ACTIONS.map((each) => [each, actionWords(each)] as const)} onChange={(event) => set({ action: event.target.value })} />
        <Select label={w.who} value={filters.actor} empty={words.any} className="w-44" options={staff.map((each) => [each.id, fullName(each, each.email ?? "")] as const)} onChange={(event) => set({ actor: event.target.value })} />
        <Field label={words.from} type="date" className="w-40" value={filters.from} onChange={(event) => set({ from: event.target.value })} />
        <Field label={words.until} type="date" className="w-40" value={filters.until} onChange={(event) => set({ until: event.target.value })} />
      </Toolbar>
      <DataTable label={words.access} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={w.none} />
    </PageBody>
  );
}
