/** The typed client: tokens, idempotency keys, reading one's own writes, and errors as values that pages can show. */
import createClient, { type Middleware } from "openapi-fetch";

import type { paths } from "./schema";
import { accessToken } from "./session";

export interface FieldError {
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
    return this.code === "VALIDATION_ERROR" && Array.isArray(this.details) ? (this.details as FieldError[]) : [];
  }
}

let position = 0;

/** The last position that this tab has written or seen: reads wait until they show at least that much. */
export function seen(at: number): void {
  position = Math.max(position, at);
}

const retried = new WeakMap<Request, Request>();

const around: Middleware = {
  async onRequest({ request }) {
    const token = await accessToken();
    if (token !== null) request.headers.set("authorization", `Bearer ${token}`);
    if (request.method === "GET") {
      if (position > 0) request.headers.set("x-event-position", String(position));
    } else if (!request.headers.has("idempotency-key")) {
      request.headers.set("idempotency-key", crypto.randomUUID());
    }
    retried.set(request, request.clone());
    return request;
  },
  async onResponse({ request, response }) {
    let answer = response;
    const sent = request.headers.get("authorization")?.slice("Bearer ".length);
    const again = retried.get(request);
    if (answer.status === 401 && sent !== undefined && again !== undefined) {
      const token = await accessToken(sent); // it may have been replaced, or have ended, meanwhile
      if (token !== null) {
        again.headers.set("authorization", `Bearer ${token}`);
        answer = await fetch(again);
      }
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
