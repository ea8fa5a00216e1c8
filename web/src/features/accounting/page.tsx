
import { PageBody, PageHead } from "@/components/ui/page";
import { Tabs } from "@/components/ui/tabs";
import { useFilters } from "@/lib/filters";
import { part } from "@/lib/part";

import { words } from "./strings";

const Reconciliation = part(() => import("./reconciliation"));
const Periods = part(() => import("./periods"));
const Assertions = part(() => import("./assertions"));
const Trial = part(() => import("./trial"));

/** What an accountant does with the book: compare it with the till and the bank, close it, take it elsewhere. */
export default function Books() {
  const [filters, set] = useFilters({ books: "", page: 1, from: "", to: "", method: "", asOf: "" });
  const w = words.tabs;
  return (
    <PageBody>
      <PageHead title={words.title} />
      <Tabs
        label={w.label}
        value={filters.books}
        change={(books) => set({ books, from: "", to: "", method: "", asOf: "" }, { push: true })}
        tabs={[
          { id: "reconciliation", label: w.reconciliation, content: () => <Reconciliation /> },
          { id: "assertions", label: w.assertions, content: () => <Assertions /> },
          { id: "periods", label: w.periods, content: () => <Periods /> },
          { id: "trial", label: w.trial, content: () => <Trial /> },
        ]}
      />
    </PageBody>
  );
}
