import "./app/styles.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Refused } from "./api/client";
import { goLive } from "./api/live";
import { router } from "./app/router";
import { follow } from "./app/theme";

follow();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (count, error) => count < 2 && !(error instanceof Refused && error.status < 500),
    },
  },
});
goLive(queries);
// What was written while there was no network: its code is loaded only where something waits.
if (Object.keys(localStorage).some((key) => key.startsWith("daybook.outbox."))) void import("./lib/outbox").then(({ startOutbox }) => startOutbox(queries));

const place = document.getElementById("root");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
