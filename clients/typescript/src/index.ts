// The client itself: what openapi-fetch makes of the generated types, with the token and a key for every command.
import createClient, { type Client, type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type Schemas = components["schemas"];
export type Daybook = Client<paths>;

export interface Options {
  /** Where the API is, without /api/v1. */
  baseUrl: string;
  /** The access token, asked for at each request: it lives 15 minutes. */
  token?: () => string | undefined;
}

/** A command that is sent again with its key is carried out once, so that a retry is harmless. */
const commands: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET" && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", crypto.randomUUID());
    }
    return request;
  },
};

export function daybook({ baseUrl, token }: Options): Daybook {
  const client = createClient<paths>({ baseUrl });
  client.use(commands, {
    onRequest({ request }) {
      const given = token?.();
      if (given !== undefined) request.headers.set("Authorization", `Bearer ${given}`);
      return request;
    },
  });
  return client;
}
