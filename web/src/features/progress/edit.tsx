import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { type Schema, api } from "@/api/client";
import { useMay, useMe } from "@/api/me";
import { reading } from "@/api/reading";
import { Link, useGo, useParam } from "@/app/link";
import { useTherapists, useTherapyTypes } from "@/components/names";
import { Awaited } from "@/components/ui/awaited";
import { Button } from "@/components/ui/button";
import { Area, Field, Select } from "@/components/ui/fields";
import { Card, Note, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { FormBody, useForm } from "@/lib/form";
import { fullName, useFormat } from "@/lib/format";
import { part } from "@/lib/part";
import { words as shared } from "@/lib/strings";

import { AnswerFields, type Answers, type Section, answersOf, emptyAnswers, given } from "./answers";
import { words } from "./strings";

// Most come here from a patient or a session, and need no search.
const PatientSearch = part(() => import("@/components/patient-search").then((module) => ({ default: module.PatientSearch })));

/** At `/progress-reports/new` there is none yet; otherwise a correction, which is a new version. */
export default function ReportEdit() {
  const reportId = useParam("reportId");
  return reportId ? <Correction reportId={reportId} /> : <NewReport />;
}

function Correction({ reportId }: { reportId: string }) {
  const found = useQuery(reading("progress-report", "/api/v1/progress-reports/{report_id}", { path: { report_id: reportId } }));
  if (found.isPending) return <Skeleton rows={8} />;
  if (found.isError) return <Failed page error={found.error} again={() => void found.refetch()} />;
  return <CorrectionForm key={found.data.id} report={found.data} />;
}

interface Values {
  answers: Answers;
  reportDate: string;
  reason: string;
}

function CorrectionForm({ report }: { report: Schema<"ProgressReport"> }) {
  const go = useGo();
  const { today } = useFormat();
  // What is corrected is the version that was read. Somebody else's, once one was told of it and can read it, is the next.
  const [version, setVersion] = useState(report.version);
  const [told, setTold] = useState(false);
  useEffect(() => {
    if (told) setVersion(report.version);
  }, [told, report.version]);
  const form = useForm<Values, Schema<"Saved">>({
    values: { answers: answersOf(report.sections), reportDate: report.reportDate, reason: "" },
    draft: `report.${report.id}`,
    send: ({ answers, reportDate, reason }, headers) =>
      api.PUT("/api/v1/progress-reports/{report_id}", {
        params: { path: { report_id: report.id } },
        body: { answers: given(report.sections, answers), reportDate, reason: reason.trim() },
        headers: { ...headers, "if-match": `"${version}"` },
      }),
    changes: ["progress-report"],
    said: words.corrected,
    refused: ({ status }) => {
      if (status === 412) setTold(true);
    },
    done: () => go({ to: "/progress-reports/$reportId", params: { reportId: report.id } }),
  });
  return (
    <PageBody className="max-w-2xl">
      <PageHead title={words.editTitle(report.patientName ?? words.erased)} about={words.editHint} />
      <Card className="p-4">
        <FormBody form={form} cancel={() => history.back()}>
          {told && (
            <Link to="/progress-reports/$reportId" params={{ reportId: report.id }} target="_blank" className="inline-flex min-h-6 items-center justify-self-start text-sm underline underline-offset-4">
              {words.readNew(report.version)}
            </Link>
          )}
          <Field label={words.date} type="date" max={today()} className="max-w-48" {...form.field("reportDate", { required: true })} />
          <AnswerFields sections={report.sections} form={form} />
          <Area label={words.reason} rows={2} {...form.field("reason", { required: true })} />
        </FormBody>
      </Card>
    </PageBody>
  );
}

function NewReport() {
  const [filters, set] = useFilters({ patientId: "", sessionId: "", therapyTypeId: "" });
  const patient = useQuery({ ...reading("patient", "/api/v1/patients/{patient_id}", { path: { patient_id: filters.patientId } }), enabled: filters.patientId !== "" });
  const session = useQuery({ ...reading("session", "/api/v1/sessions/{session_id}", { path: { session_id: filters.sessionId } }), enabled: filters.sessionId !== "" });
  // What was held and is not reported yet is what a report is about, mostly: the patient's last sessions are offered.
  const sessions = useQuery({
    ...reading("session", "/api/v1/patients/{patient_id}/sessions", { path: { patient_id: filters.patientId }, query: { pageSize: 20, sort: "-startsAt" } }),
    enabled: filters.patientId !== "",
  });
  const types = useTherapyTypes().data?.data ?? [];
  const { day } = useFormat();
  const held = (sessions.data?.data ?? []).filter(({ status }) => status === "COMPLETED");
  const therapyTypeId = session.data?.therapyTypeId ?? filters.therapyTypeId;
  const template = useQuery({
    ...reading("progress-template", "/api/v1/therapy-types/{therapy_type_id}/progress-template", { path: { therapy_type_id: therapyTypeId } }),
    enabled: therapyTypeId !== "",
  });
  return (
    <PageBody className="max-w-2xl">
      <PageHead title={words.new} />
      {patient.isError && <Failed error={patient.error} again={() => void patient.refetch()} />}
      <Card className="grid gap-4 p-4">
        {filters.patientId === "" ? (
          <Awaited fallback={<Skeleton rows={1} row="h-16" />}>
            <PatientSearch value={null} change={(found) => set({ patientId: found?.id ?? "", sessionId: "" })} />
          </Awaited>
        ) : (
          <div className="flex items-center gap-3">
            <p className="min-w-0 grow font-medium">{patient.data && fullName(patient.data, words.erased)}</p>
            <Button onClick={() => set({ patientId: "", sessionId: "", therapyTypeId: "" })}>{words.otherPatient}</Button>
          </div>
        )}
        {filters.patientId !== "" && (
          <Select
            label={words.session}
            value={filters.sessionId}
            empty={words.sessionNone}
            options={held.map((each) => [each.id, `${day(each.date)}, ${each.startTime} · ${each.therapyTypeName ?? ""}`] as const)}
            onChange={(event) => set({ sessionId: event.target.value })}
          />
        )}
        {filters.patientId !== "" && filters.sessionId === "" && (
          <Select label={words.therapy} value={filters.therapyTypeId} empty={words.therapyChoose} options={types.filter(({ active }) => active).map((each) => [each.id, each.name] as const)} onChange={(event) => set({ therapyTypeId: event.target.value })} />
        )}
      </Card>
      {filters.patientId !== "" && therapyTypeId !== "" && (
        <Card className="p-4">
          {template.isPending ? (
            <Skeleton rows={5} />
          ) : template.isError ? (
            <Failed error={template.error} again={() => void template.refetch()} />
          ) : template.data.sections.length === 0 ? (
            <Note>{words.noTemplate}</Note>
          ) : (
            <NewForm key={`${filters.patientId} ${therapyTypeId} ${template.data.version}`} patientId={filters.patientId} sessionId={filters.sessionId} therapyTypeId={therapyTypeId} sections={template.data.sections} />
          )}
        </Card>
      )}
    </PageBody>
  );
}

function NewForm({ patientId, sessionId, therapyTypeId, sections }: { patientId: string; sessionId: string; therapyTypeId: string; sections: readonly Section[] }) {
  const go = useGo();
  const me = useMe();
  const { today } = useFormat();
  // Therapists write their own; whoever writes for them says whose it is. A session knows.
  const asks = useMay()("progress-reports:write", "ALL") && !sessionId;
  const therapists = (useTherapists(asks).data?.data ?? []).filter(({ active }) => active);
  const form = useForm<Omit<Values, "reason"> & { therapistId: string }, Schema<"Saved">>({
    values: { answers: emptyAnswers(sections), reportDate: today(), therapistId: "" },
    draft: `report.new.${patientId}.${therapyTypeId}`,
    send: ({ answers, reportDate, therapistId }, headers) =>
      api.POST("/api/v1/progress-reports", {
        body: {
          patientId,
          answers: given(sections, answers),
          reportDate,
          ...(sessionId ? { sessionId } : { therapyTypeId, therapistId: asks ? therapistId : me.userId }),
        },
        headers,
      }),
    changes: ["progress-report", "session"],
    said: words.written,
    done: ({ id }) => go({ to: "/progress-reports/$reportId", params: { reportId: id }, replace: true }),
  });
  return (
    <FormBody form={form} cancel={() => history.back()}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={words.date} type="date" max={today()} {...form.field("reportDate", { required: true })} />
        {asks && <Select label={words.whose} empty={shared.form.choose} options={therapists.map((each) => [each.id, fullName(each)] as const)} {...form.field("therapistId", { required: true })} />}
      </div>
      <AnswerFields sections={sections} form={form} />
    </FormBody>
  );
}
