/** Whose day: a therapist's own; an administrator chooses. */
import { useMay, useMe } from "@/api/me";
import { useTherapists } from "@/components/names";
import { Select } from "@/components/ui/fields";
import { fullName } from "@/lib/format";

import { words } from "./strings";

export function useWhose(therapistId: string) {
  const may = useMay();
  const me = useMe();
  const all = may("therapist-pages:read", "ALL");
  const therapists = useTherapists(all).data?.data ?? [];
  const chosen = therapistId || (all && me.role !== "THERAPIST" ? (therapists[0]?.id ?? "") : "");
  return {
    /** Asked for only when it is somebody else's. */
    query: all && chosen ? { therapistId: chosen } : {},
    ready: !all || me.role === "THERAPIST" || chosen !== "",
    own: !all,
    chosen,
    therapists,
  };
}

export function Whose({ whose, change }: { whose: ReturnType<typeof useWhose>; change: (therapistId: string) => void }) {
  if (whose.own || whose.therapists.length === 0) return null;
  return (
    <Select
      label={words.therapist}
      hideLabel
      value={whose.chosen}
      options={whose.therapists.map((each) => [each.id, fullName(each)] as const)}
      onChange={(event) => change(event.target.value)}
    />
  );
}
