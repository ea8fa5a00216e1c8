/** What a therapist does to a session, over the page: complete it, write notes, ask to move it, say that nobody came. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { Confirm, Drawer } from "@/components/ui/dialog";
import { Area, Check } from "@/components/ui/fields";
import { Note } from "@/components/ui/page";
import { Skeleton } from "@/components/ui/states";
import { AnswerFields, type Answers, type Section, emptyAnswers, given, templateOf } from "@/features/progress/answers";
import { FormBody, orNull, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";
import { discard, hand, waiting } from "@/lib/outbox";

import { Asking } from "./asking";
import { type Doing, type TherapistSession, nameOf } from "./session-card";
import { words } from "./strings";

const FORM = "doing";

export default function DoingOver({ doing, close }: { doing: Doing | undefined; close: () => void }) {
  const [last, setLast] = useState(doing);
  if (doing && doing !== last) setLast(doing);
  const now = doing ?? last;
  if (!now) return null;
  const { session, what } = now;
  const open = doing !== undefined;
  if (what === "no-show") return <NoShow open={open} session={session} close={close} />;
  const titles = { complete: words.conclude.title, notes: words.onlyNotes.title, ask: words.asking.title };
  return (
    <Drawer
      open={open}
      close={close}
      title={titles[what](nameOf(session))}
      about={<When session={session} />}
      wide={what === "complete"}
    >
      {what === "complete" && <Conclude key={session.id} session={session} close={close} />}
      {what === "notes" && <Notes key={session.id} session={session} close={close} />}
      {what === "ask" && <Asking key={session.id} session={session} close={close} />}
    </Drawer>
  );
}

function When({ session }: { session: TherapistSession }) {
  const { day } = useFormat();
  return <>{[day(session.date), `${session.startTime}–${session.endTime}`, session.therapyTypeName].filter(Boolean).join(" · ")}</>;
}

function Conclude({ session, close }: { session: TherapistSession; close: () => void }) {
  const template = useQuery({ ...templateOf(session.therapyTypeId), networkMode: "always", retry: 1 });
  if (template.isPending) return <Skeleton rows={5} />;
  return <ConcludeForm session={session} sections={template.data?.sections ?? []} close={close} />;
}

interface Values {
  notes: string;
  withReport: boolean;
  answers: Answers;
}
type Outcome = { state: "sent" | "waiting" };

function ConcludeForm({ session, sections, close }: { session: TherapistSession; sections: readonly Section[]; close: () => void }) {
  const w = words.conclude;
  const may = useMay();
  const form = useForm<Values, Outcome>({
    values: { notes: session.notes ?? "", withReport: false, answers: emptyAnswers(sections) },
    draft: `complete.${session.id}`,
    lasting: true,
    send: async ({ notes, withReport, answers }) => {
      const body = { notes: orNull(notes), ...(withReport && sections.length ? { report: { answers: given(sections, answers) } } : {}) };
      const sent = await hand({
        path: "/api/v1/sessions/{session_id}/complete",
        params: { session_id: session.id },
        body,
        changes: ["session", "progress-report", "report", "ledger", "patient"],
        label: `${nameOf(session)}, ${session.startTime}`,
      });
      if (sent.state !== "refused") return { data: sent };
      // The form is still here and says what is wrong: nothing has to wait.
      for (const each of waiting()) if (each.params.session_id === session.id) discard(each.key);
      throw sent.error;
    },
    changes: ["session", "progress-report", "report"],
    said: ({ state }) => (state === "sent" ? w.done(nameOf(session)) : w.kept(nameOf(session))),
    done: close,
  });
  const withReport = form.watch("withReport");
  return (
    <FormBody form={form} id={FORM} submit={w.submit} cancel={close}>
      <Area label={w.notes} hint={w.notesHint} rows={5} optional {...form.field("notes")} />
      {may("progress-reports:write") &&
        (sections.length ? <Check label={w.withReport} {...form.field("withReport")} /> : <Note>{w.noTemplate}</Note>)}
      {withReport && sections.length > 0 && (
        <fieldset className="grid gap-4 border-t border-line pt-4">
          <legend className="sr-only">{w.report}</legend>
          <AnswerFields sections={sections} form={form} />
        </fieldset>
      )}
    </FormBody>
  );
}

function Notes({ session, close }: { session: TherapistSession; close: () => void }) {
  const form = useForm<{ notes: string }, Schema<"SessionResult">>({
    values: { notes: session.notes ?? "" },
    draft: `notes.${session.id}`,
    lasting: true,
    send: ({ notes }, headers) =>
      api.PUT("/api/v1/sessions/{session_id}/notes", {
        params: { path: { session_id: session.id } },
        body: { notes: orNull(notes) },
        headers: { ...headers, "if-match": `"${session.version}"` },
      }),
    changes: ["session"],
    said: words.onlyNotes.saved,
    done: close,
  });
  return (
    <FormBody form={form} cancel={close}>
      <Area label={words.conclude.notes} hint={words.conclude.notesHint} rows={8} {...form.field("notes")} />
    </FormBody>
  );
}

function NoShow({ open, session, close }: { open: boolean; session: TherapistSession; close: () => void }) {
  const params = { params: { path: { session_id: session.id } } };
  const { mutate } = useCommand({
    send: (_: string, headers) => api.POST("/api/v1/sessions/{session_id}/no-show", { ...params, body: {}, headers }),
    changes: ["session", "report", "ledger"],
    said: words.noShowDone(nameOf(session)),
    undo: () => () => api.POST("/api/v1/sessions/{session_id}/reverse-no-show", { ...params, body: { reason: words.undoneReason } }),
  });
  return (
    <Confirm
      open={open}
      title={words.noShowTitle}
      text={words.noShowText(nameOf(session))}
      yes={words.noShow}
      danger
      answer={(yes) => {
        if (yes) mutate(session.id);
        close();
      }}
    />
  );
}

