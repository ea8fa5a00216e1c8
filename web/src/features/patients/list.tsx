import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect } from "react";

import { api, data } from "@/api/client";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { money } from "@/lib/format";
import { words } from "@/lib/strings";

const w = words.patients;
const PAGE_SIZE = 20;

export function PatientList() {
  const { search, page } = useSearch({ from: "/app/patients" });
  const navigate = useNavigate({ from: "/patients" });
  const query = { page, pageSize: PAGE_SIZE, ...(search ? { search } : {}) };
  const found = useQuery({
    queryKey: ["patients", query],
    queryFn: () => data(api.GET("/api/v1/patients", { params: { query } })),
    placeholderData: keepPreviousData,
  });

  useEffect(() => {
    document.title = `${w.title} · ${words.product}`;
  }, []);

  return (
    <section className="grid gap-4">
      <h1 className="text-xl font-semibold">{w.title}</h1>
      <Field
        label={w.search}
        type="search"
        defaultValue={search}
        className="max-w-md"
        onChange={(event) => {
          const text = event.target.value;
          void navigate({ search: text ? { search: text, page: 1 } : { page: 1 }, replace: true });
        }}
      />
      <div className="overflow-x-auto rounded-xl border border-line bg-surface">
        {found.isPending ? (
          <Skeleton rows={8} />
        ) : found.isError ? (
          <Failed error={found.error} again={() => void found.refetch()} />
        ) : found.data.total === 0 ? (
          <Empty>{search ? w.notFound(search) : w.none}</Empty>
        ) : (
          <table className="w-full text-left text-sm">
            <thead className="text-muted">
              <tr className="h-10 border-b border-line">
                <th scope="col" className="px-4 font-medium">{w.name}</th>
                <th scope="col" className="px-4 font-medium">{w.guardian}</th>
                <th scope="col" className="px-4 font-medium">{w.phone}</th>
                <th scope="col" className="px-4 text-right font-medium">{w.outstanding}</th>
                <th scope="col" className="px-4 text-right font-medium">{w.credit}</th>
              </tr>
            </thead>
            <tbody>
              {found.data.data.map((patient) => (
                <tr key={patient.id} className="h-14 border-b border-line last:border-0">
                  <th scope="row" className="px-4 font-medium">
                    {patient.firstName} {patient.lastName}
                    {!patient.active && <span className="ml-2 text-muted">{w.inactive}</span>}
                  </th>
                  <td className="px-4">{patient.guardianName}</td>
                  <td className="tabular px-4 whitespace-nowrap">{patient.guardianPhone}</td>
                  <td className="tabular px-4 text-right">{money(patient.totalOutstandingDues)}</td>
                  <td className="tabular px-4 text-right">{money(patient.creditBalance)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      {found.data && found.data.total > PAGE_SIZE && (
        <nav aria-label={words.paging.label} className="flex items-center gap-2">
          <Button
            size="icon"
            aria-label={words.paging.previous}
            disabled={page <= 1}
            onClick={() => void navigate({ search: (old) => ({ ...old, page: page - 1 }) })}
          >
            <ChevronLeft aria-hidden className="size-4" />
          </Button>
          <p className="tabular text-sm text-muted">
            {words.paging.of((page - 1) * PAGE_SIZE + 1, Math.min(page * PAGE_SIZE, found.data.total), found.data.total)}
          </p>
          <Button
            size="icon"
            aria-label={words.paging.next}
            disabled={page * PAGE_SIZE >= found.data.total}
            onClick={() => void navigate({ search: (old) => ({ ...old, page: page + 1 }) })}
          >
            <ChevronRight aria-hidden className="size-4" />
          </Button>
        </nav>
      )}
    </section>
  );
}
