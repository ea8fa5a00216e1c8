// Signs in, registers a patient, reads the list and shows what a refusal looks like: all of it checked by the compiler.
import { env, exit } from "node:process";
import { daybook, type Schemas } from "./index.js";

const baseUrl = env["DAYBOOK_URL"] ?? "http://127.0.0.1:8000";
let token: string | undefined;
const api = daybook({ baseUrl, token: () => token });

const signedIn = await api.POST("/api/v1/auth/login", {
  body: { email: env["DAYBOOK_EMAIL"] ?? "", password: env["DAYBOOK_PASSWORD"] ?? "" },
});
if (signedIn.error !== undefined) {
  console.error(signedIn.error.error.message);
  exit(1);
}
token = signedIn.data.accessToken;

const registered = await api.POST("/api/v1/patients", {
  body: {
    firstName: "Maya",
    lastName: "Rao",
    dateOfBirth: "2019-03-14",
    guardianName: "Dev Rao",
    guardianPhone: "+919812345678",
  },
});
if (registered.error !== undefined) throw new Error(registered.error.error.code);

const patient_id: string = registered.data.id;
const dues = await api.GET("/api/v1/patients/{patient_id}/outstanding-dues", { params: { path: { patient_id } } });
const outstanding: string | undefined = dues.data?.outstanding;

const found = await api.GET("/api/v1/patients", { params: { query: { search: "Maya", pageSize: 5 } } });
const names = found.data?.data.map((patient: Schemas["ListedPatient"]) => patient.firstName);

const absent = await api.GET("/api/v1/patients/{patient_id}", {
  params: { path: { patient_id: "01a202f4-a8a4-72c7-92cb-abe1788848d4" } },
});

console.log(JSON.stringify({ patient_id, outstanding, names, refused: absent.error?.error.code }));
