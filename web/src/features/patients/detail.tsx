import { useQuery } from "@tanstack/react-query";
import { CalendarPlus, Pencil, UserRoundMinus, UserRoundPlus } from "lucide-react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link, useParam } from "@/app/link";
import { Amount } from "@/components/amount";
import { HistoryButton } from "@/components/history-button";
import { Awaited } from "@/components/ui/awaited";
import { Button, buttonStyles } from "@/components/ui/button";
import { Badge, Card, Facts, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { Tabs } from "@/components/ui/tabs";
import { useFilters } from "@/lib/filters";
import { fullName, useFormat } from "@/lib/format";
import { part } from "@/lib/part";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

const Sessions = part(() => import("./sessions"));
const Money = part(() => import("./money"));
const Ledger = part(() => import("./ledger"));
const Progress = part(() => import("./progress"));
const Identity = part(() => import("./identity"));
const Notifications = part(() => import("./notifications"));

export default function PatientDetail() {
  const patientId = useParam("patientId");
  const [filters, set] = useFilters({ tab: "record", page: 1, sort: "", asOf: "", knownAt: "" });
  const may = useMay();
  const found = useQuery(reading("patient", "/api/v1/patients/{patient_id}", { path: { patient_id: patientId } }));
  if (found.isPending) return <Skeleton rows={8} />;
  if (found.isError) return <Failed page error={found.error} again={() => void found.refetch()} />;
  const patient = found.data;
  return (
    <PageBody>
      <Head patient={patient} />
      <Tabs
        label={words.tabs.label}
        value={filters.tab}
        change={(tab) => set({ tab, page: 1, sort: "", asOf: "", knownAt: "" }, { push: true })}
        tabs={[
          { id: "record", label: words.tabs.record, content: () => <Record patient={patient} /> },
          may("payments:read") && { id: "money", label: words.tabs.money, content: () => <Money patientId={patientId} /> },
          may("ledger:read") && { id: "ledger", label: words.tabs.ledger, content: () => <Ledger patientId={patientId} /> },
          may("sessions:read") && { id: "sessions", label: words.tabs.sessions, content: () => <Sessions patientId={patientId} /> },
          may("progress-reports:read") && { id: "progress", label: words.tabs.progress, content: () => <Progress patientId={patientId} /> },
          may("patient-notifications:read") && { id: "notifications", label: words.tabs.notifications, content: () => <Notifications patientId={patientId} /> },
        ]}
      />
    </PageBody>
  );
}

function Head({ patient }: { patient: Schema<"Patient"> }) {
  const may = useMay();
  const name = fullName(patient, words.erased);
  const writes = may("patients:write") && !patient.erased;
  return (
    <PageHead title={name} about={!patient.active && <Badge>{words.inactive}</Badge>}>
      <HistoryButton of={name} address={`/api/v1/patients/${patient.id}/history`} />
      {writes && <Activity patient={patient} />}
      {writes && (
        <Link to="/patients/$patientId/edit" params={{ patientId: patient.id }} className={buttonStyles()}>
          <Pencil aria-hidden className="size-4" />
          {words.edit}
        </Link>
      )}
      {may("sessions:book") && patient.active && !patient.erased && (
        <Link to="/schedule" search={{ book: "true", patient: patient.id }} className={buttonStyles({ kind: "primary" })}>
          <CalendarPlus aria-hidden className="size-4" />
          {shared.navigation.book}
        </Link>
      )}
    </PageHead>
  );
}

function Activity({ patient }: { patient: Schema<"Patient"> }) {
  const params = { params: { path: { patient_id: patient.id } } };
  const leave = (headers = {}) => api.POST("/api/v1/patients/{patient_id}/deactivate", { ...params, headers });
  const back = (headers = {}) => api.POST("/api/v1/patients/{patient_id}/reactivate", { ...params, headers });
  const { mutate, isPending } = useCommand({
    send: (active: boolean, headers): Promise<{ data?: unknown }> => (active ? leave(headers) : back(headers)),
    changes: ["patient"],
    said: (_, active) => (active ? words.deactivated : words.reactivated),
    undo: (_, active) => () => (active ? back() : leave()),
  });
  const Icon = patient.active ? UserRoundMinus : UserRoundPlus;
  return (
    <Button aria-disabled={isPending} onClick={() => mutate(patient.active)}>
      <Icon aria-hidden className="size-4" />
      {patient.active ? words.deactivate : words.reactivate}
    </Button>
  );
}

function Record({ patient }: { patient: Schema<"Patient"> }) {
  const { day, dateOf, today } = useFormat();
  const born = patient.dateOfBirth;
  const years = born ? Number(today().slice(0, 4)) - Number(born.slice(0, 4)) - (today().slice(5) < born.slice(5) ? 1 : 0) : 0;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Card>
        <Facts
          facts={[
            [words.outstanding, <Amount key="due" value={patient.totalOutstandingDues} label={words.outstanding} address={`/api/v1/explain/outstanding?patientId=${patient.id}`} className="text-base font-semibold" />],
            [words.credit, <Amount key="credit" value={patient.creditBalance} label={words.credit} address={`/api/v1/explain/credit?patientId=${patient.id}`} className="text-base font-semibold" />],
            [words.born, born && `${day(born)} (${words.age(years)})`],
            [words.guardian, patient.guardianName],
            [words.phone, patient.guardianPhone && <a key="tel" href={`tel:${patient.guardianPhone}`} className="tabular underline underline-offset-4">{patient.guardianPhone}</a>],
            [words.email, patient.guardianEmail && <a key="mail" href={`mailto:${patient.guardianEmail}`} className="underline underline-offset-4">{patient.guardianEmail}</a>],
            [words.address, patient.address],
            [words.since, day(dateOf(patient.createdAt))],
          ]}
        />
      </Card>
      {patient.medicalNotes && (
        <Card title={words.notes}>
          <p className="p-4 text-sm whitespace-pre-line">{patient.medicalNotes}</p>
        </Card>
      )}
      <Awaited>
        <Identity patient={patient} />
      </Awaited>
    </div>
  );
}
