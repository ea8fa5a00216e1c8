/** Which sessions of a series are meant: one, one and those after it, or all that are to come. */
import type { FieldPath, FieldValues } from "react-hook-form";

import type { Schema } from "@/api/client";
import { Segments, Select } from "@/components/ui/fields";
import type { Form } from "@/lib/form";
import { useFormat } from "@/lib/format";

import { words } from "./strings";

export type Series = Schema<"SeriesDetail">;
export type Occurrence = Schema<"OccurrenceView">;
type Scope = Schema<"Reach">;

export const reachOf = (text: string): Scope => (text === "ALL" || text === "THIS" ? text : "FOLLOWING");
export const toCome = (series: Series): Occurrence[] => series.occurrences.filter(({ status, startsAt }) => status === "SCHEDULED" && Date.parse(startsAt) > Date.now());

/** Controls for `form`, whose values have `scope` and `occurrenceId`. */
export function Reach<V extends FieldValues & { scope: string; occurrenceId: string }>({ form, open, chosen }: { form: Form<V>; open: readonly Occurrence[]; chosen?: (id: string) => void }) {
  const { day } = useFormat();
  const scope = reachOf(form.watch("scope" as FieldPath<V>));
  const field = form.field("occurrenceId" as FieldPath<V>);
  return (
    <div className="grid gap-3">
      <Segments
        label={words.scope}
        value={scope}
        options={[["THIS", words.reach.THIS], ["FOLLOWING", words.reach.FOLLOWING], ["ALL", words.reach.ALL]]}
        change={(now) => form.setValue("scope" as FieldPath<V>, now as never)}
        className="justify-self-start"
      />
      {(scope !== "ALL" || chosen) && (
        <Select
          label={words.which[scope]}
          options={open.map((each) => [each.sessionId, `${day(each.date, { weekday: "short", day: "numeric", month: "short", year: "numeric" })}, ${each.startTime}`] as const)}
          {...field}
          onChange={(event) => {
            void field.onChange(event);
            chosen?.(event.target.value);
          }}
        />
      )}
    </div>
  );
}
