/** Whose record this is: a duplicate and the one it belongs to, erasing, and the certificate of that. */
import { useQuery } from "@tanstack/react-query";
import { Eraser, FileDown, Merge } from "lucide-react";
import { useState } from "react";

import { Refused, type Schema, api } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link, useGo } from "@/app/link";
import { type FoundPatient, PatientSearch } from "@/components/patient-search";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Area, Field, Select } from "@/components/ui/fields";
import { Card, Note } from "@/components/ui/page";
import { download } from "@/lib/csv";
import { FormBody, useForm } from "@/lib/form";
import { fullName } from "@/lib/format";
import { words as shared } from "@/lib/strings";
import { say } from "@/lib/toast";

import { words } from "./strings";

const w = words.identity;
const CHANGES = ["patient", "session", "ledger", "progress-report", "notification"] as const;
const UNDONE = "Merged by mistake";
type Patient = Schema<"Patient">;
type Doing = "merge" | "part" | "erase";

export default function Identity({ patient }: { patient: Patient }) {
  const may = useMay();
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const name = fullName(patient, words.erased);
  const merges = may("patients:merge") && !patient.erased;
  const erases = may("patients:erase") && !patient.erased;
  const certifies = may("erasures:read") && patient.erased;
  if (!merges && !erases && !certifies && !patient.mergedInto && patient.duplicates.length === 0) return null;
  return (
    <Card title={w.title}>
      <div className="grid justify-items-start gap-3 p-4 text-sm">
        {patient.mergedInto && <p>{w.mergedInto} <Name patientId={patient.mergedInto} /></p>}
        {patient.duplicates.length > 0 && (
          <p>
            {w.duplicates} {patient.duplicates.map((id, n) => <span key={id}>{n > 0 && ", "}<Name patientId={id} /></span>)}
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          {merges && (
            <Button aria-haspopup="dialog" onClick={() => setDoing(patient.mergedInto ? "part" : "merge")}>
              <Merge aria-hidden className="size-4" />
              {patient.mergedInto ? w.part : w.merge}
            </Button>
          )}
          {erases && (
            <Button kind="danger" aria-haspopup="dialog" onClick={() => setDoing("erase")}>
              <Eraser aria-hidden className="size-4" />
              {w.erase}
            </Button>
          )}
          {certifies && <Certificate patientId={patient.id} />}
        </div>
      </div>
      <Dialog open={doing === "merge"} close={close} title={w.mergeTitle(name)} about={w.mergeAbout}>
        <MergeForm patient={patient} close={close} />
      </Dialog>
      <Dialog open={doing === "part"} close={close} title={w.part} about={w.partAbout}>
        <PartForm patient={patient} close={close} />
      </Dialog>
      <Dialog open={doing === "erase"} close={close} title={w.eraseTitle(name)}>
        <EraseForm patient={patient} close={close} />
      </Dialog>
    </Card>
  );
}

function Name({ patientId }: { patientId: string }) {
  const found = useQuery(reading("patient", "/api/v1/patients/{patient_id}", { path: { patient_id: patientId } }));
  return (
    <Link to="/patients/$patientId" params={{ patientId }} className="underline underline-offset-4">
      {found.data ? fullName(found.data, words.erased) : w.another}
    </Link>
  );
}

function Certificate({ patientId }: { patientId: string }) {
  async function make() {
    try {
      const { data } = await api.GET("/api/v1/patients/{erased_id}/erasure-certificate/export", { params: { path: { erased_id: patientId } }, parseAs: "blob" });
      download(w.certificateName, data as unknown as Blob);
    } catch (error) {
      say({ kind: "problem", error });
    }
  }
  return (
    <Button onClick={() => void make()}>
      <FileDown aria-hidden className="size-4" />
      {w.certificate}
    </Button>
  );
}

interface Props {
  patient: Patient;
  close: () => void;
}

function MergeForm({ patient, close }: Props) {
  const go = useGo();
  const [into, setInto] = useState<FoundPatient | null>(null);
  const [wrong, setWrong] = useState<string>();
  const params = { params: { path: { patient_id: patient.id } } };
  const form = useForm<{ reason: string }, Schema<"Saved">>({
    values: { reason: "" },
    send: ({ reason }, headers) => {
      const mistake = !into ? shared.form.required : into.id === patient.id ? w.itself : undefined;
      setWrong(mistake);
      if (!into || mistake) throw new Refused(422, "NO_RECORD", mistake ?? "", null);
      return api.POST("/api/v1/patients/{patient_id}/merge", { ...params, body: { into: into.id, reason }, headers });
    },
    changes: CHANGES,
    said: w.merged,
    undo: () => () => api.POST("/api/v1/patients/{patient_id}/merge/reverse", { ...params, body: { reason: UNDONE } }),
    refused: ({ code }) => code === "NO_RECORD",
    done: () => {
      close();
      if (into) go({ to: "/patients/$patientId", params: { patientId: into.id } });
    },
  });
  return (
    <div className="grid gap-4">
      <PatientSearch label={w.into} value={into} error={wrong} change={(found) => { setInto(found); setWrong(undefined); }} />
      <FormBody form={form} submit={w.merge} cancel={close}>
        <Area label={shared.form.reason} rows={2} {...form.field("reason", { required: true })} />
      </FormBody>
    </div>
  );
}

function PartForm({ patient, close }: Props) {
  const form = useForm<{ reason: string }, Schema<"Saved">>({
    values: { reason: "" },
    send: (body, headers) => api.POST("/api/v1/patients/{patient_id}/merge/reverse", { params: { path: { patient_id: patient.id } }, body, headers }),
    changes: CHANGES,
    said: w.parted,
    done: close,
  });
  return (
    <FormBody form={form} submit={w.part} cancel={close}>
      <Area label={shared.form.reason} rows={2} {...form.field("reason", { required: true })} />
    </FormBody>
  );
}

/** Nothing brings it back, so the name is asked for: nobody erases whom they did not mean. */
function EraseForm({ patient, close }: Props) {
  const name = fullName(patient);
  const form = useForm<{ basis: string; name: string }, Schema<"PatientErased">>({
    values: { basis: "REQUESTED", name: "" },
    send: ({ basis }, headers) =>
      api.POST("/api/v1/patients/{patient_id}/erase", { params: { path: { patient_id: patient.id } }, body: { basis: basis as Schema<"ErasureBasis"> }, headers: { ...headers, "if-match": `"${patient.version}"` } }),
    changes: CHANGES,
    said: ({ receiptNumber }) => w.erased(receiptNumber ?? ""),
    done: close,
  });
  const same = (text: string) => (text.toLowerCase() === name.toLowerCase() ? undefined : w.otherName);
  return (
    <FormBody form={form} submit={w.erase} cancel={close}>
      <Note tone="danger">{w.eraseAbout}</Note>
      <Select label={w.basis} options={Object.entries(w.bases)} {...form.field("basis")} />
      <Field label={w.typeName(name)} autoComplete="off" {...form.field("name", { required: true, check: same })} />
    </FormBody>
  );
}
