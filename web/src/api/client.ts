/** The typed client: tokens, idempotency keys, reading one's own writes, and errors as values that pages can show. */
import createClient, { type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema";
import { accessToken, tokenWhenSignedIn } from "./session";

/** The API's records by name: `Schema<"Session">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

interface FieldError {
  field: string;
  message: string;
}

/** A refusal, as the API words it. `details` is what the code says it is. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: unknown,
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }

  get fields(): FieldError[] {
    if (this.status !== 422 || !Array.isArray(this.details)) return [];
    return (this.details as FieldError[]).filter((each) => typeof each.field === "string");
  }
}

let position = 0;

/** The last position that this tab has written or seen: reads wait until they show at least that much. */
export function seen(at: number): void {
  position = Math.max(position, at);
}

const retried = new WeakMap<Request, Request>();
const OPEN = "/api/v1/auth/";

const around: Middleware = {
  async onRequest({ request, schemaPath }) {
    const open = schemaPath.startsWith(OPEN);
    const token = await accessToken();
    if (token !== null) request.headers.set("authorization", `Bearer ${token}`);
    else if (!open) request.headers.set("authorization", `Bearer ${await tokenWhenSignedIn()}`);
    if (request.method === "GET") {
      if (position > 0) request.headers.set("x-event-position", String(position));
    } else if (!request.headers.has("idempotency-key")) {
      request.headers.set("idempotency-key", crypto.randomUUID());
    }
    retried.set(request, request.clone());
    return request;
  },
  async onResponse({ request, response, schemaPath }) {
    let answer = response;
    const sent = request.headers.get("authorization")?.slice("Bearer ".length);
    const again = retried.get(request);
    if (answer.status === 401 && sent !== undefined && again !== undefined && !schemaPath.startsWith(OPEN)) {
      // It may have been replaced meanwhile; or the login has ended, and whoever sits there signs in again.
      const token = (await accessToken(sent)) ?? (await tokenWhenSignedIn());
      again.headers.set("authorization", `Bearer ${token}`);
      answer = await fetch(again);
    }
    const at = Number(answer.headers.get("x-event-position") ?? 0);
    if (request.method !== "GET") seen(at);
    if (!answer.ok) throw await refusal(answer);
    return answer;
  },
};

async function refusal(answer: Response): Promise<Refused> {
  const after = answer.headers.get("retry-after");
  const text = await answer.text();
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string; details: unknown } };
    return new Refused(answer.status, error.code, error.message, error.details, after === null ? null : Number(after));
  } catch {
    return new Refused(answer.status, "UNREADABLE", answer.statusText, null);
  }
}

export const api = createClient<paths>({ baseUrl: "/" });
api.use(around);

/** The data of an answer that `around` let through. */
export async function data<T>(asked: Promise<{ data?: T }>): Promise<T> {
  return (await asked).data as T;
}
