import { History } from "lucide-react";

import { useMay } from "@/api/me";
import { Button } from "@/components/ui/button";
import { showHistory } from "@/lib/overlays";
import { words } from "@/lib/strings";

/** Opens the history of a record, for whoever may read it. `address`: the API's, e.g. `/api/v1/patients/${id}/history`. */
export function HistoryButton({ of, address, quiet, needs = "history:read" }: { of: string; address: string; quiet?: boolean; needs?: string }) {
  const may = useMay();
  if (!may(needs)) return null;
  return (
    <Button kind={quiet ? "quiet" : "plain"} aria-haspopup="dialog" onClick={() => showHistory(of, address)}>
      <History aria-hidden className="size-4" />
      {words.history.button}
    </Button>
  );
}
