import { useQuery } from "@tanstack/react-query";

import { type Schema, api } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { useGo, useParam } from "@/app/link";
import { Area, Field } from "@/components/ui/fields";
import { Card, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { FormBody, orNull, useForm } from "@/lib/form";
import { fullName, useFormat } from "@/lib/format";

import { words } from "./strings";

type Patient = Schema<"Patient">;
const EMPTY = { firstName: "", lastName: "", dateOfBirth: "", guardianName: "", guardianPhone: "", guardianEmail: "", address: "", medicalNotes: "", creditBalance: "" };
type Values = typeof EMPTY;

/** One form for both: at `/patients/new` there is nobody yet. */
export default function PatientEdit() {
  const patientId = useParam("patientId");
  const found = useQuery({ ...reading("patient", "/api/v1/patients/{patient_id}", { path: { patient_id: patientId } }), enabled: patientId !== "" });
  if (patientId === "") return <PatientForm />;
  if (found.isPending) return <Skeleton rows={8} />;
  if (found.isError) return <Failed page error={found.error} again={() => void found.refetch()} />;
  return <PatientForm key={found.data.id} patient={found.data} />;
}

function PatientForm({ patient }: { patient?: Patient }) {
  const go = useGo();
  const may = useMay();
  const { today } = useFormat();
  const known = patient && Object.fromEntries(Object.keys(EMPTY).map((name) => [name, patient[name as keyof Patient] ?? ""]));
  const form = useForm<Values, { id: string }>({
    values: { ...EMPTY, ...known },
    draft: `patient.${patient?.id ?? "new"}`,
    send: (values, headers) => {
      const { guardianEmail, address, medicalNotes, creditBalance, ...names } = values;
      const rest = { guardianEmail: orNull(guardianEmail), address: orNull(address), ...(may("medical-notes:read") ? { medicalNotes: orNull(medicalNotes) } : {}) };
      if (patient) {
        const params = { path: { patient_id: patient.id } };
        return api.PUT("/api/v1/patients/{patient_id}", { params, body: { ...names, ...rest }, headers: { ...headers, "if-match": `"${patient.version}"` } });
      }
      return api.POST("/api/v1/patients", { body: { ...names, ...rest, ...(creditBalance ? { creditBalance } : {}) }, headers });
    },
    changes: ["patient"],
    said: (_, values) => (patient ? words.saved : words.registered(fullName(values))),
    done: ({ id }) => go({ to: "/patients/$patientId", params: { patientId: id } }),
  });
  const title = patient ? words.editTitle(fullName(patient)) : words.new;
  return (
    <PageBody className="max-w-2xl">
      <PageHead title={title} />
      <Card className="p-4">
        <FormBody form={form} cancel={() => history.back()}>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={words.firstName} autoComplete="off" {...form.field("firstName", { required: true })} />
            <Field label={words.lastName} autoComplete="off" {...form.field("lastName", { required: true })} />
            <Field label={words.born} type="date" max={today()} {...form.field("dateOfBirth", { required: true })} />
            <Field label={words.guardianName} autoComplete="off" {...form.field("guardianName", { required: true })} />
            <Field label={words.phone} type="tel" hint={words.phoneHint} autoComplete="off" {...form.field("guardianPhone", { required: true, kind: "phone" })} />
            <Field label={words.email} type="email" optional autoComplete="off" {...form.field("guardianEmail", { kind: "email" })} />
          </div>
          <Area label={words.address} optional {...form.field("address")} />
          {may("medical-notes:read") && <Area label={words.notes} optional rows={4} hint={words.notesHint} {...form.field("medicalNotes")} />}
          {!patient && <Field label={words.opening} optional inputMode="decimal" hint={words.openingHint} className="max-w-60" {...form.field("creditBalance", { kind: "money" })} />}
        </FormBody>
      </Card>
    </PageBody>
  );
}
