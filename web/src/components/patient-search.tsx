/** Choose a patient by name, guardian or phone. */
import { Combobox } from "@base-ui/react/combobox";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type RefObject, useDeferredValue, useState } from "react";

import type { Schema } from "@/api/client";
import { reading } from "@/api/reading";
import { FieldFrame } from "@/components/ui/fields";
import { fullName } from "@/lib/format";
import { words } from "@/lib/strings";

const w = words.patientSearch;
export type FoundPatient = Schema<"ListedPatient">;

interface Props {
  value: FoundPatient | null;
  change: (patient: FoundPatient | null) => void;
  label?: string;
  error?: string | undefined;
  inputRef?: RefObject<HTMLInputElement | null>;
}

export function PatientSearch({ value, change, label = w.label, error, inputRef }: Props) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState(value ? fullName(value) : "");
  const typed = useDeferredValue(text.trim());
  const asked = value && typed === fullName(value) ? "" : typed;
  const found = useQuery({
    ...reading("patient", "/api/v1/patients", { query: { search: asked, active: true, pageSize: 8 } }),
    enabled: asked.length >= 2,
    placeholderData: keepPreviousData,
  });
  const items = asked.length >= 2 ? (found.data?.data ?? []) : [];
  const id = "patient-search";
  return (
    <FieldFrame id={id} label={label} error={error}>
      {/* Its own popup would take the rest of the page away from readers, and hang outside every landmark. */}
      <Combobox.Root
        inline
        open={open}
        onOpenChange={setOpen}
        items={items}
        filter={null}
        value={value}
        onValueChange={(patient: FoundPatient | null) => {
          change(patient);
          if (patient) setText(fullName(patient));
          setOpen(false);
        }}
        inputValue={text}
        onInputValueChange={(now, { reason }) => {
          if (reason !== "input-change") return; // a list that is always there empties the field once somebody is chosen
          setText(now);
          if (now.trim() === "") change(null);
        }}
        itemToStringLabel={(patient: FoundPatient) => fullName(patient)}
        isItemEqualToValue={(a: FoundPatient, b: FoundPatient) => a.id === b.id}
        autoHighlight
      >
        <Combobox.Input
          id={id}
          ref={inputRef}
          placeholder={w.hint}
          autoComplete="off"
          aria-expanded={open}
          aria-controls={open ? `${id}-list` : undefined}
          onBlur={() => {
            setOpen(false);
            setText(value ? fullName(value) : ""); // what the field says is what is chosen
          }}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || !open) return;
            event.stopPropagation(); // the dialog around it stays
            setOpen(false);
          }}
          {...(error ? { "aria-invalid": true, "aria-describedby": `${id}-error` } : {})}
          className="min-h-10 w-full rounded-lg border border-line-strong bg-surface px-3 text-base aria-invalid:border-danger sm:text-sm"
        />
        <div className="relative">
          {open && (
            <div className="absolute inset-x-0 top-0 z-40 max-h-72 overflow-y-auto rounded-xl border border-line bg-surface p-1.5 shadow-lg" onMouseDown={(event) => event.preventDefault()}>
              <Combobox.Status className="text-sm text-muted">
                {asked.length < 2 ? <p className="px-3 py-2">{w.type}</p> : found.isFetching && items.length === 0 ? <p className="px-3 py-2">{w.busy}</p> : items.length === 0 ? <p className="px-3 py-2">{w.none}</p> : null}
              </Combobox.Status>
              <Combobox.List id={`${id}-list`}>
                {(patient: FoundPatient) => (
                  <Combobox.Item key={patient.id} value={patient} className="flex min-h-10 cursor-pointer items-center gap-3 rounded-lg px-3 py-1 text-sm outline-none select-none data-highlighted:bg-sunken">
                    <span className="min-w-0 grow truncate">{fullName(patient)}</span>
                    <span className="truncate text-muted">{patient.guardianName}</span>
                  </Combobox.Item>
                )}
              </Combobox.List>
            </div>
          )}
        </div>
      </Combobox.Root>
    </FieldFrame>
  );
}
