import { History } from "lucide-react";

import { useMay } from "@/api/me";
import { Button } from "@/components/ui/button";
import { showHistory } from "@/lib/overlays";
import { words } from "@/lib/strings";

/** Opens the history of a record, for whoever may read it. `address`: the API's, e.g. `/api/v1/patients/${id}/history`. */
export function HistoryButton({ of, address, quiet, icon, needs = "history:read" }: {
  of: string;
  address: string;
  quiet?: boolean;
  /** Without words, in a row of such. */
  icon?: boolean;
  needs?: string;
}) {
  const may = useMay();
  if (!may(needs)) return null;
  const open = () => showHistory(of, address);
  if (icon) {
    return (
      <Button kind="quiet" size="icon" title={words.history.button} aria-haspopup="dialog" aria-label={`${words.history.button}: ${of}`} onClick={open}>
        <History aria-hidden className="size-4" />
      </Button>
    );
  }
  return (
    <Button kind={quiet ? "quiet" : "plain"} aria-haspopup="dialog" onClick={open}>
      <History aria-hidden className="size-4" />
      {words.history.button}
    </Button>
  );
}
