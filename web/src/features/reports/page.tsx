
import { useMay } from "@/api/me";
import { PageBody, PageHead } from "@/components/ui/page";
import { Tabs } from "@/components/ui/tabs";
import { useFilters } from "@/lib/filters";
import { part } from "@/lib/part";

import { SPAN, type Span } from "./span";
import { words } from "./strings";

const Financial = part(() => import("./financial"));
const Sessions = part(() => import("./sessions"));
const Credit = part(() => import("./credit"));
const Cash = part(() => import("./cash"));

export interface ReportProps {
  span: Span;
  set: (change: Partial<Span>) => void;
}

export default function Reports() {
  const may = useMay();
  const [filters, set] = useFilters({ report: "", ...SPAN });
  const money = may("financial-reports:read");
  const props = { span: filters, set };
  return (
    <PageBody>
      <PageHead title={words.title} />
      <Tabs
        label={words.tabs.label}
        value={filters.report}
        change={(report) => set({ report }, { push: true })}
        tabs={[
          money && { id: "financial", label: words.tabs.financial, content: () => <Financial {...props} /> },
          { id: "sessions", label: words.tabs.sessions, content: () => <Sessions {...props} /> },
          money && { id: "credit", label: words.tabs.credit, content: () => <Credit {...props} /> },
          money && { id: "cash", label: words.tabs.cash, content: () => <Cash {...props} /> },
        ]}
      />
    </PageBody>
  );
}
