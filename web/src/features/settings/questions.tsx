/** What progress reports of a therapy ask for. Reports that exist keep the questions they were written by. */
import { useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";

import { type Schema, api } from "@/api/client";
import { HistoryButton } from "@/components/history-button";
import { Button } from "@/components/ui/button";
import { Drawer } from "@/components/ui/dialog";
import { Area, Check, Field, Select } from "@/components/ui/fields";
import { Note } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { templateOf } from "@/features/progress/answers";
import { FormBody, orNull, useForm } from "@/lib/form";

import { whole } from "./saving";
import { words } from "./strings";

const w = words.questions;
const MOST = 30;
const KINDS = ["TEXT", "SCALE", "CHOICE", "CHECK"] as const satisfies readonly Schema<"SectionKind">[];
type Template = Schema<"ProgressTemplate">;

/** A question as its controls have it; one that is new has no key yet. */
interface Row {
  key: string;
  label: string;
  kind: string;
  required: boolean;
  hint: string;
  lowest: string;
  highest: string;
  choices: string;
}
const BLANK: Row = { key: "", label: "", kind: "TEXT", required: false, hint: "", lowest: "1", highest: "5", choices: "" };

const rowOf = ({ key, label, kind, required, hint, lowest, highest, choices }: Schema<"SectionView">): Row => ({
  key, label, kind, required, hint: hint ?? "", lowest: String(lowest ?? 1), highest: String(highest ?? 5), choices: choices.join("\n"),
}); // prettier-ignore

const kindOf = (text: string) => KINDS.find((each) => each === text) ?? "TEXT";
const linesOf = (text: string) => text.split("\n").map((each) => each.trim()).filter(Boolean);

/** As the API takes them. A key is what a question is known by for good, so it is made once, from its first words. */
function sectionsOf(rows: readonly Row[]): Schema<"SectionGiven">[] {
  const taken = new Set(rows.map(({ key }) => key));
  return rows.map((row) => {
    const kind = kindOf(row.kind);
    const key = row.key || keyFor(row.label, taken);
    taken.add(key);
    return {
      key, label: row.label.trim(), kind, required: kind !== "CHECK" && row.required, hint: orNull(row.hint),
      ...(kind === "SCALE" ? { lowest: Number(row.lowest), highest: Number(row.highest) } : {}),
      ...(kind === "CHOICE" ? { choices: linesOf(row.choices) } : {}),
    };
  }); // prettier-ignore
}

function keyFor(label: string, taken: ReadonlySet<string>): string {
  const plain = label.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^[^a-z]+|-+$/g, "").slice(0, 34) || "question";
  for (let n = 1; ; n += 1) {
    const key = n === 1 ? plain : `${plain}-${n}`;
    if (!taken.has(key)) return key;
  }
}

export default function Questions({ therapy, close }: { therapy: Schema<"TherapyType">; close: () => void }) {
  const found = useQuery({ ...templateOf(therapy.id), staleTime: 0 });
  return (
    <Drawer open close={close} title={w.title(therapy.name)} about={w.about} wide>
      <div className="-mt-2 mb-2 flex justify-end empty:hidden">
        <HistoryButton quiet of={w.title(therapy.name)} address={`/api/v1/therapy-types/${therapy.id}/progress-template/history`} />
      </div>
      {found.isPending ? <Skeleton rows={6} /> : found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : <QuestionsForm key={found.data.therapyTypeId} template={found.data} done={close} />}
    </Drawer>
  );
}

function QuestionsForm({ template, done }: { template: Template; done: () => void }) {
  const form = useForm<{ sections: Row[] }, Schema<"Saved">>({
    values: { sections: template.sections.map(rowOf) },
    draft: `questions.${template.therapyTypeId}.${template.version}`,
    send: ({ sections }, headers) =>
      api.PUT("/api/v1/therapy-types/{therapy_type_id}/progress-template", {
        params: { path: { therapy_type_id: template.therapyTypeId } },
        body: { sections: sectionsOf(sections) },
        headers: { ...headers, "if-match": `"${template.version}"` },
      }),
    changes: ["progress-template"],
    said: w.saved,
    done,
  });
  const rows = form.watch("sections");
  const put = (now: Row[]) => form.setValue("sections", now, { shouldDirty: true });
  function swap(n: number, other: number) {
    const now = [...rows];
    [now[n], now[other]] = [now[other] as Row, now[n] as Row];
    put(now);
  }
  return (
    <FormBody form={form} cancel={done}>
      {rows.length === 0 && <Note>{w.none}</Note>}
      <ol className="grid gap-4">
        {rows.map((row, n) => (
          <li key={n} className="grid grid-cols-[minmax(0,1fr)] gap-3 rounded-lg border border-line p-3">
            <div className="flex items-center gap-1">
              <h3 className="grow text-sm font-medium text-muted">{w.number(n + 1)}</h3>
              <Button kind="quiet" size="icon" disabled={n === 0} aria-label={w.up(n + 1)} onClick={() => swap(n, n - 1)}><ArrowUp aria-hidden className="size-4" /></Button>
              <Button kind="quiet" size="icon" disabled={n === rows.length - 1} aria-label={w.down(n + 1)} onClick={() => swap(n, n + 1)}><ArrowDown aria-hidden className="size-4" /></Button>
              <Button kind="quiet" size="icon" disabled={rows.length === 1} aria-label={w.remove(n + 1)} onClick={() => put(rows.filter((_, other) => other !== n))}><Trash2 aria-hidden className="size-4" /></Button>
            </div>
            <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_12rem]">
              <Field label={w.label} maxLength={100} autoComplete="off" {...form.field(`sections.${n}.label`, { required: true })} />
              <Select label={w.kind} options={KINDS.map((kind) => [kind, w.kinds[kind]] as const)} {...form.field(`sections.${n}.kind`)} />
            </div>
            {row.kind === "SCALE" && (
              <div className="grid grid-cols-2 gap-3">
                <Field label={w.lowest} inputMode="numeric" {...form.field(`sections.${n}.lowest`, { required: true, check: whole(0, 99) })} />
                <Field label={w.highest} inputMode="numeric" {...form.field(`sections.${n}.highest`, { required: true, check: (text) => whole(1, 100)(text) ?? (Number(text) > Number(form.getValues(`sections.${n}.lowest`)) ? undefined : w.higher) })} />
              </div>
            )}
            {row.kind === "CHOICE" && <Area label={w.choices} hint={w.choicesHint} rows={3} {...form.field(`sections.${n}.choices`, { required: true, check: (text) => (linesOf(text).length >= 2 ? undefined : w.two) })} />}
            <Field label={w.hint} optional maxLength={300} autoComplete="off" {...form.field(`sections.${n}.hint`)} />
            {row.kind !== "CHECK" && <Check label={w.required} {...form.field(`sections.${n}.required`)} />}
          </li>
        ))}
      </ol>
      <Button className="justify-self-start" disabled={rows.length >= MOST} onClick={() => put([...rows, BLANK])}>
        <Plus aria-hidden className="size-4" />
        {w.add}
      </Button>
    </FormBody>
  );
}
