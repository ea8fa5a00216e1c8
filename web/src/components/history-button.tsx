import { History } from "lucide-react";

import { useMay } from "@/api/me";
import { Button } from "@/components/ui/button";
import { showHistory } from "@/lib/overlays";
import { words } from "@/lib/strings";

/** Opens the history of a record, for whoever may read it. `address`: the API's, e.g. `/api/v1/patients/${id}/history`. */
export function HistoryButton({ of, address, quiet }: { of: string; address: string; quiet?: boolean }) {
  const may = useMay();
  if (!may("history:read")) return null;
  return (
    <Button kind={quiet ? "quiet" : "plain"} aria-haspopup="dialog" onClick={() => showHistory(of, address)}>
      <History aria-hidden className="size-4" />
      {words.history.button}
    </Button>
  );
}
