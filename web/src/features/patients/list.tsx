import { Plus } from "lucide-react";

import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { Link } from "@/app/link";
import { Amount, ofPatient } from "@/components/amount";
import { type Column, DataTable, useList } from "@/components/table";
import { SearchField, Toolbar } from "@/components/toolbar";
import { buttonStyles } from "@/components/ui/button";
import { Check, Select } from "@/components/ui/fields";
import { Badge, PageBody, PageHead } from "@/components/ui/page";
import { Empty } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { fullName } from "@/lib/format";
import { isZero } from "@/lib/paise";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

type Row = Schema<"ListedPatient">;

/** What has been nothing is not asked about. */
function Sum({ of, value, row }: { of: "outstanding" | "credit"; value: string; row: Row }) {
  return <Amount value={value} label={`${fullName(row)}: ${words[of]}`} address={isZero(value) ? undefined : ofPatient(of, row.id)} />;
}

const COLUMNS: Column<Row>[] = [
  {
    key: "name", label: words.name, head: true, sort: "firstName", csv: (row) => fullName(row),
    cell: (row) => (
      <>
        <Link to="/patients/$patientId" params={{ patientId: row.id }} className="inline-block max-w-full min-h-6 content-center underline-offset-4 hover:underline">
          {fullName(row, words.erased)}
        </Link>
        {!row.active && <span className="ml-2"><Badge>{words.inactive}</Badge></span>}
      </>
    ),
  },
  { key: "guardian", label: words.guardian, cell: (row) => row.guardianName, csv: (row) => row.guardianName },
  { key: "phone", label: words.phone, cell: (row) => <span className="tabular whitespace-nowrap">{row.guardianPhone}</span>, csv: (row) => row.guardianPhone },
  { key: "outstanding", label: words.outstanding, right: true, cell: (row) => <Sum of="outstanding" value={row.totalOutstandingDues} row={row} />, csv: (row) => row.totalOutstandingDues },
  { key: "credit", label: words.credit, right: true, cell: (row) => <Sum of="credit" value={row.creditBalance} row={row} />, csv: (row) => row.creditBalance },
]; // prettier-ignore

const NEW = (
  <Link to="/patients/new" className={buttonStyles({ kind: "primary" })}>
    <Plus aria-hidden className="size-4" />
    {words.new}
  </Link>
);

export default function PatientList() {
  const may = useMay();
  const [filters, set] = useFilters({ search: "", active: "", owing: false, sort: "", page: 1 });
  const { active, owing, ...query } = filters;
  const list = useList("patient", "/api/v1/patients", {
    query: { ...query, active: active === "" ? undefined : active === "true", owing: owing || undefined },
  });
  const narrowed = Boolean(filters.search || active || owing);
  return (
    <PageBody>
      <PageHead title={words.title}>{may("patients:write") && NEW}</PageHead>
      <Toolbar clear={narrowed && (() => set({ search: "", active: "", owing: false }))}>
        <SearchField label={words.search} value={filters.search} change={(search) => set({ search })} />
        <Select
          label={words.state}
          value={active}
          empty={shared.table.any}
          options={[["true", words.active], ["false", words.inactive]]}
          onChange={(event) => set({ active: event.target.value })}
        />
        <Check label={words.owing} checked={owing} onChange={(event) => set({ owing: event.target.checked })} />
      </Toolbar>
      <DataTable
        label={words.title}
        list={list}
        columns={COLUMNS}
        rowKey={(row) => row.id}
        filters={filters}
        set={set}
        empty={narrowed ? words.notFound : <Empty action={may("patients:write") && NEW}>{words.none}</Empty>}
      />
    </PageBody>
  );
}
