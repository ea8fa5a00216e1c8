/** A session took place: notes and, if somebody writes one now, the progress report. Recorded together or not at all. */
import { useQuery } from "@tanstack/react-query";

import { api } from "@/api/client";
import { useMay } from "@/api/me";
import { Area, Check } from "@/components/ui/fields";
import { Note } from "@/components/ui/page";
import { Skeleton } from "@/components/ui/states";
import { AnswerFields, type Answers, type Section, emptyAnswers, given, templateOf } from "@/features/progress/answers";
import { FormBody, useForm } from "@/lib/form";

import type { Session } from "./data";
import { words } from "./strings";

const w = words.session;
interface Props {
  session: Session;
  back: () => void;
}

export function CompleteForm({ session, back }: Props) {
  const reports = useMay()("progress-reports:write");
  const template = useQuery({ ...templateOf(session.therapyTypeId), enabled: reports });
  if (reports && template.isPending) return <Skeleton rows={4} />;
  return <Asked session={session} back={back} reports={reports} sections={template.data?.sections ?? []} />;
}

interface Values {
  notes: string;
  withReport: boolean;
  answers: Answers;
}

function Asked({ session, back, reports, sections }: Props & { reports: boolean; sections: readonly Section[] }) {
  const notes = useMay()("session-notes:write");
  const form = useForm<Values, unknown>({
    values: { notes: session.notes ?? "", withReport: false, answers: emptyAnswers(sections) },
    draft: `session.complete.${session.id}`,
    send: (now, headers) =>
      api.POST("/api/v1/sessions/{session_id}/complete", {
        params: { path: { session_id: session.id } },
        body: { ...(now.notes.trim() ? { notes: now.notes } : {}), ...(now.withReport ? { report: { answers: given(sections, now.answers) } } : {}) },
        headers,
      }),
    changes: ["session", "ledger", "patient", "series", "progress-report"],
    said: (_, now) => (now.withReport ? w.doneCompleteReport : w.doneComplete),
    done: back,
  });
  const withReport = form.watch("withReport");
  return (
    <FormBody form={form} submit={w.complete} cancel={back}>
      {notes ? <Area label={w.notes} optional rows={6} hint={w.notesHint} {...form.field("notes")} /> : <p className="text-sm">{w.completeHint}</p>}
      {reports && (sections.length > 0 ? <Check label={w.withReport} {...form.field("withReport")} /> : <Note>{w.noTemplate}</Note>)}
      {withReport && (
        <fieldset className="grid gap-4 border-t border-line pt-4">
          <legend className="sr-only">{w.report}</legend>
          <AnswerFields sections={sections} form={form} />
        </fieldset>
      )}
    </FormBody>
  );
}
