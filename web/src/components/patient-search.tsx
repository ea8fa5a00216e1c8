/** Choose a patient by name, guardian or phone. */
import { Combobox } from "@base-ui/react/combobox";
import { type RefObject, useRef, useState } from "react";

import type { Schema } from "@/api/client";
import { FieldFrame } from "@/components/ui/fields";
import { fullName } from "@/lib/format";
import { words } from "@/lib/strings";

import { useEnter, useFoundPatients } from "./found-patients";

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
  const { patients, settled, short, busy } = useFoundPatients(value && text === fullName(value) ? "" : text, { active: true, pageSize: 8 });
  const picked = useRef(false); // with the arrows: that one is meant, whatever comes
  const left = useRef(false);
  const enter = useEnter(text, settled, () => {
    if (patients[0]) take(patients[0]);
    else if (left.current) restore();
  });
  const id = "patient-search";

  function take(patient: FoundPatient) {
    change(patient);
    setText(fullName(patient));
    setOpen(false);
  }
  /** What the field says is what is chosen. */
  function restore() {
    setText(value ? fullName(value) : "");
  }
  return (
    <FieldFrame id={id} label={label} error={error}>
      {/* Its own popup would take the rest of the page away from readers, and hang outside every landmark. */}
      <Combobox.Root
        inline
        open={open}
        onOpenChange={setOpen}
        items={patients}
        filter={null}
        value={value}
        onValueChange={(patient: FoundPatient | null) => {
          if (patient) take(patient);
          else change(null);
          setOpen(false);
        }}
        onItemHighlighted={(_, { reason }) => (picked.current = reason === "keyboard")}
        inputValue={text}
        onInputValueChange={(now, { reason }) => {
          if (reason !== "input-change") return; // a list that is always there empties the field once somebody is chosen
          picked.current = false;
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
          onFocus={() => (left.current = false)}
          onBlur={() => {
            left.current = true;
            setOpen(false);
            if (!enter.awaits()) restore();
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter" && open && !settled && !picked.current && !event.nativeEvent.isComposing) {
              event.preventBaseUIHandler(); // it would take the first of those who are listed
              event.preventDefault(); // nor is the form sent
              enter.press();
              return;
            }
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
                {short ? <p className="px-3 py-2">{w.type}</p> : patients.length > 0 ? null : busy ? <p className="px-3 py-2">{w.busy}</p> : settled ? <p className="px-3 py-2">{w.none}</p> : null}
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
