/** Files that the API makes: fetched with the login, handed to the browser. `<Files label="Download" choices={[…]} />` */
import { Download } from "lucide-react";
import { useState } from "react";

import { api } from "@/api/client";
import type { paths } from "@/api/schema";
import { buttonStyles } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { download } from "@/lib/csv";
import { say } from "@/lib/toast";

interface FileChoice {
  label: string;
  /** Of the file, with its ending. */
  name: string;
  address: keyof paths;
  query: Record<string, string | undefined>;
}

async function fetched({ address, query, name }: FileChoice): Promise<void> {
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value));
  const { data } = await api.GET(address as never, { params: { query: given }, parseAs: "blob" } as never);
  download(name, data as unknown as Blob);
}

export function Files({ label, choices }: { label: string; choices: FileChoice[] }) {
  const [busy, setBusy] = useState<string>();
  function get(choice: FileChoice) {
    setBusy(choice.label);
    fetched(choice)
      .catch((error: unknown) => say({ kind: "problem", error }))
      .finally(() => setBusy(undefined));
  }
  return (
    <div role="group" aria-label={label} className="flex overflow-hidden rounded-lg border border-line-strong">
      {choices.map((choice, n) => (
        <button
          key={choice.label}
          type="button"
          aria-label={`${label}: ${choice.label}`}
          aria-busy={busy === choice.label}
          onClick={() => busy ?? get(choice)}
          className={cn(buttonStyles({ kind: "quiet" }), "rounded-none bg-surface px-3 -outline-offset-2", n > 0 && "border-l border-line-strong", busy === choice.label && "animate-pulse")}
        >
          {n === 0 && <Download aria-hidden className="size-4" />}
          {choice.label}
        </button>
      ))}
    </div>
  );
}
