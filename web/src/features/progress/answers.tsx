/** The questions of a report, as controls and as text. */
import type { FieldPath, FieldValues } from "react-hook-form";

import type { Schema } from "@/api/client";
import { reading } from "@/api/reading";
import { Area, Check, Field, Select } from "@/components/ui/fields";
import type { Form } from "@/lib/form";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

export type Section = Schema<"SectionView">;
type Value = string | number | boolean | null;
/** One per question, in their order: text as the control has it, `true` for a ticked box. */
export type Answers = (string | boolean)[];

/** The questions of a therapy's reports. They change seldom. */
export function templateOf(therapyTypeId: string) {
  return { ...reading("progress-template", "/api/v1/therapy-types/{therapy_type_id}/progress-template", { path: { therapy_type_id: therapyTypeId } }), staleTime: 5 * 60_000 };
}

export const emptyAnswers = (sections: readonly Section[]): Answers => sections.map(({ kind }) => (kind === "CHECK" ? false : ""));

export function answersOf(sections: readonly Schema<"AnsweredSection">[]): Answers {
  return sections.map(({ kind, value }) => (kind === "CHECK" ? value === true : value === null ? "" : String(value)));
}

/** As the API takes them; questions without an answer are left out. */
export function given(sections: readonly Section[], answers: Answers): Schema<"AnswerGiven">[] {
  return sections.flatMap(({ key, kind }, n): Schema<"AnswerGiven">[] => {
    const value = answers[n];
    if (kind === "CHECK") return [{ section: key, value: value === true }];
    const text = typeof value === "string" ? value.trim() : "";
    if (!text) return [];
    return [{ section: key, value: kind === "SCALE" ? Number(text) : text }];
  });
}

interface Props<V extends FieldValues> {
  sections: readonly Section[];
  form: Form<V>;
}

/** Controls for `form`, whose values have `answers`. */
export function AnswerFields<V extends FieldValues & { answers: Answers }>({ sections, form }: Props<V>) {
  return sections.map((section, n) => {
    const about = form.field(`answers.${n}` as FieldPath<V>, section.required && section.kind !== "CHECK" ? { required: true } : {});
    const common = { label: section.label, ...(section.hint ? { hint: section.hint } : {}), ...(section.required ? {} : { optional: true }), ...about };
    switch (section.kind) {
      case "TEXT":
        return <Area key={section.key} rows={3} {...common} />;
      case "CHOICE":
        return <Select key={section.key} empty={shared.form.choose} options={section.choices.map((each) => [each, each] as const)} {...common} />;
      case "CHECK": {
        const { optional: _, ...check } = { optional: true, ...common };
        return <Check key={section.key} {...check} />;
      }
      case "SCALE":
        return <Scale key={section.key} section={section} common={common} />;
    }
  });
}

type Common = Pick<React.ComponentProps<"input">, "name"> & ReturnType<Form<FieldValues>["field"]> & { label: string; hint?: string; optional?: boolean };

function Scale({ section, common }: { section: Section; common: Common }) {
  const lowest = section.lowest ?? 1;
  const highest = section.highest ?? 5;
  const hint = section.hint ?? words.scaleHint(lowest, highest);
  if (highest - lowest > 20) return <Field {...common} hint={hint} type="number" inputMode="numeric" min={lowest} max={highest} step={1} className="max-w-48" />;
  const steps = Array.from({ length: highest - lowest + 1 }, (_, n) => String(lowest + n));
  return <Select {...common} hint={hint} className="max-w-60" empty={words.clear} options={steps.map((each) => [each, words.outOf(Number(each), highest)] as const)} />;
}

export function AnswerText({ section, value }: { section: Pick<Section, "kind"> & { highest?: number | null }; value: Value }) {
  if (value === null || value === "") return <span className="text-muted">{words.noAnswer}</span>;
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (section.kind === "SCALE" && typeof value === "number" && section.highest) return <ScaleMeter value={value} highest={section.highest} />;
  return <span className="break-words whitespace-pre-line">{String(value)}</span>;
}

/** In words, with as many dots as a glance takes in. */
function ScaleMeter({ value, highest }: { value: number; highest: number }) {
  return (
    <span className="inline-flex items-center gap-3">
      <span className="tabular">{words.outOf(value, highest)}</span>
      {highest <= 10 && (
        <span aria-hidden className="inline-flex gap-1">
          {Array.from({ length: highest }, (_, n) => (
            <span key={n} className={n < value ? "size-2.5 rounded-full bg-brand" : "size-2.5 rounded-full border border-line-strong"} />
          ))}
        </span>
      )}
    </span>
  );
}
