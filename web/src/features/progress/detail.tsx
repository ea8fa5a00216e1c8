import { useQuery } from "@tanstack/react-query";
import { ChartLine, FileDown, GitCompareArrows, Pencil } from "lucide-react";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link, useParam } from "@/app/link";
import { HistoryButton } from "@/components/history-button";
import { useNames } from "@/components/names";
import { Button, buttonStyles } from "@/components/ui/button";
import { Badge, Card, Facts, Note, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { download } from "@/lib/csv";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";
import { say } from "@/lib/toast";

import { AnswerText } from "./answers";
import { words } from "./strings";

type Report = Schema<"ProgressReport">;

export default function ReportDetail() {
  const reportId = useParam("reportId");
  const [filters, set] = useFilters({ version: 0 });
  const path = { report_id: reportId };
  const found = useQuery(reading("progress-report", "/api/v1/progress-reports/{report_id}", { path, query: { version: filters.version || undefined } }));
  const versions = useQuery(reading("progress-report", "/api/v1/progress-reports/{report_id}/versions", { path, query: { pageSize: 100, sort: "-version" } }));
  if (found.isPending) return <Skeleton rows={8} />;
  if (found.isError) return <Failed page error={found.error} again={() => void found.refetch()} />;
  const report = found.data;
  const latest = versions.data?.data[0]?.version ?? report.version;
  return (
    <PageBody>
      <Head report={report} latest={latest} />
      {report.version < latest && (
        <Note tone="warn">
          {words.older}{" "}
          <button type="button" className="min-h-6 underline underline-offset-4" onClick={() => set({ version: 0 }, { push: true })}>{words.toCurrent}</button>
        </Note>
      )}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_18rem]">
        <Answered report={report} />
        <Versions list={versions.data?.data ?? []} shown={report.version} choose={(version) => set({ version: version === latest ? 0 : version }, { push: true })} reportId={reportId} />
      </div>
    </PageBody>
  );
}

function Head({ report, latest }: { report: Report; latest: number }) {
  const may = useMay();
  const { day, instant } = useFormat();
  const names = useNames(may("users:read", "ALL"));
  const name = report.patientName ?? words.erased;
  return (
    <PageHead
      title={words.reportOf(name)}
      about={
        <span className="flex flex-wrap items-center gap-2">
          {day(report.reportDate)}
          <Badge>{words.versionsOf(report.version, latest)}</Badge>
          {words.by(names(report.savedBy) ?? report.therapistName ?? shared.history.someone, instant(report.savedAt))}
        </span>
      }
    >
      <HistoryButton of={words.reportOf(name)} address={`/api/v1/progress-reports/${report.id}/history`} />
      <Link to="/progress-reports" search={{ patientId: report.patientId, view: "timeline" }} className={buttonStyles()}>
        <ChartLine aria-hidden className="size-4" />
        {words.timeline}
      </Link>
      {!report.erased && <Pdf report={report} />}
      {may("progress-reports:write") && !report.erased && report.version === latest && (
        <Link to="/progress-reports/$reportId/edit" params={{ reportId: report.id }} className={buttonStyles({ kind: "primary" })}>
          <Pencil aria-hidden className="size-4" />
          {words.edit}
        </Link>
      )}
    </PageHead>
  );
}

function Pdf({ report }: { report: Report }) {
  const [busy, setBusy] = useState(false);
  async function make() {
    setBusy(true);
    try {
      const { data } = await api.GET("/api/v1/progress-reports/{report_id}/export", { params: { path: { report_id: report.id }, query: { version: report.version } }, parseAs: "blob" });
      download(words.pdfName(report.patientName ?? "", report.reportDate), data as unknown as Blob);
    } catch (error) {
      say({ kind: "problem", error });
    } finally {
      setBusy(false);
    }
  }
  return (
    <Button aria-disabled={busy} onClick={() => !busy && void make()}>
      <FileDown aria-hidden className="size-4" />
      {busy ? words.pdfBusy : words.pdf}
    </Button>
  );
}

function Answered({ report }: { report: Report }) {
  return (
    <Card>
      <Facts
        className="border-b border-line"
        facts={[
          [words.patient, <Link key="patient" to="/patients/$patientId" params={{ patientId: report.patientId }} className="underline underline-offset-4">{report.patientName ?? words.erased}</Link>],
          [words.therapy, report.therapyTypeName],
          [words.therapist, report.therapistName],
          [words.reason, report.reason],
        ]}
      />
      <dl className="grid gap-5 p-4">
        {report.sections.map((section) => (
          <div key={section.key}>
            <dt className="text-sm text-muted">{section.label}</dt>
            <dd className="mt-1"><AnswerText section={section} value={section.value} /></dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function Versions({ list, shown, choose, reportId }: { list: Report[]; shown: number; choose: (version: number) => void; reportId: string }) {
  const { instant } = useFormat();
  return (
    <Card title={words.versions}>
      <ol className="divide-y divide-line text-sm">
        {list.map((each, n) => (
          <li key={each.version} className="p-2">
            <button type="button" aria-current={each.version === shown ? "true" : undefined} onClick={() => choose(each.version)} className="grid min-h-10 w-full gap-0.5 rounded-lg px-2 py-1 text-left hover:bg-sunken aria-[current]:bg-brand-soft">
              <span className="font-medium">
                {words.versionOf(each.version)}
                {n === 0 && <span className="ml-2"><Badge tone="good">{words.current}</Badge></span>}
              </span>
              <span className="text-muted">{instant(each.savedAt)}</span>
              {each.reason && <span className="break-words">{each.reason}</span>}
            </button>
          </li>
        ))}
      </ol>
      {shown > 1 && (
        <div className="border-t border-line p-2">
          <Link to="/progress-reports/compare" search={{ left: reportId, leftVersion: shown - 1, right: reportId, rightVersion: shown }} className={buttonStyles({ kind: "quiet" })}>
            <GitCompareArrows aria-hidden className="size-4" />
            {words.comparePrevious}
          </Link>
        </div>
      )}
    </Card>
  );
}
