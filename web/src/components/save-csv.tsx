/** `<SaveCsv label="Payments" columns={columns} rows={list.all} />`: what a table shows, as a file for a spreadsheet. */
import { Download } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { csv, download } from "@/lib/csv";
import { words } from "@/lib/strings";
import { say } from "@/lib/toast";

const w = words.table;

export interface Saved<Row> {
  label: string;
  /** As text or number, for the file; without it the column is not in the file. */
  csv?: (row: Row) => string | number | null | undefined;
}

interface Props<Row> {
  /** Of the table; the file is called by it. */
  label: string;
  columns: readonly Saved<Row>[];
  /** All of them, on whatever page; `told` hears how far it is. */
  rows: (told: (done: number, total: number) => void) => Promise<readonly Row[]>;
}

export function SaveCsv<Row>({ label, columns, rows }: Props<Row>) {
  const [busy, setBusy] = useState<string>();
  const told = columns.filter((column) => column.csv);
  if (told.length === 0) return null;
  async function make() {
    setBusy("");
    try {
      const all = await rows((done, total) => setBusy(w.csvBusy(done, total)));
      download(`${label.toLowerCase().replaceAll(/\W+/g, "-")}.csv`, csv([told.map((column) => column.label), ...all.map((row) => told.map((column) => column.csv?.(row)))]));
    } catch (error) {
      say({ kind: "problem", error });
    } finally {
      setBusy(undefined);
    }
  }
  return (
    <Button onClick={() => busy === undefined && void make()} aria-disabled={busy !== undefined}>
      <Download aria-hidden className="size-4" />
      {busy || w.csv}
    </Button>
  );
}
