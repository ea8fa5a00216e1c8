import "./app/styles.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Refused } from "./api/client";
import { goLive } from "./api/live";
import { meOptions } from "./api/me";
import { session } from "./api/session";
import { router } from "./app/router";
import { follow } from "./app/theme";
import { zoneName } from "./lib/format";
import { NotLoaded } from "./lib/part";
import { chooseLanguage } from "./lib/strings/catalogue";

follow();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (count, error) => count < 2 && !(error instanceof Refused && error.status < 500),
    },
  },
});
const who = session();
if (who) void queries.prefetchQuery(meOptions(who.userId)); // on its way while the rest of the page is made ready
goLive(queries);
// What was written while there was no network: its code is loaded only where something waits.
const emptyOutbox = () => void import("./lib/outbox").then(({ startOutbox }) => startOutbox(queries), () => addEventListener("online", emptyOutbox, { once: true }));
if (Object.keys(localStorage).some((key) => key.startsWith("daybook.outbox."))) emptyOutbox();

function draw(place: HTMLElement) {
  createRoot(place, {
    // A part that did not come is told in its place: no fault of the client, and nothing for the console.
    onCaughtError: (error) => error instanceof NotLoaded || console.error(error),
  }).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
  setTimeout(zoneName); // the first date a browser writes takes it long: now, while the first answer is awaited
}

const place = document.getElementById("root");
if (place) void chooseLanguage().then(() => draw(place));
