/** Rows that are all here: no pages, no sorting. Where there is little room, as cards, as in `table.tsx`. */
import type { ReactNode } from "react";

import { CARD, WIDE, room } from "@/components/cards";
import type { Saved } from "@/components/save-csv";
import { cn } from "@/lib/cn";

export interface Figure<Row> extends Saved<Row> {
  cell: (row: Row) => ReactNode;
  right?: boolean;
  /** What the row is called. */
  head?: boolean;
  /** Only where there is room. */
  wide?: boolean;
  /** The cell says it itself. */
  hideLabel?: boolean;
}

export function Plain<Row>({ label, rows, rowKey, columns, foot }: { label: string; rows: readonly Row[]; rowKey: (row: Row) => string; columns: Figure<Row>[]; foot?: ReactNode[] }) {
  return (
    <div className={cn(room(columns.length), "relative overflow-x-auto")} tabIndex={0} role="group" aria-label={label}>
      <table role="table" aria-label={label} className="w-full text-left text-sm card:block">
        <thead role="rowgroup" className="text-muted card:sr-only">
          <tr role="row" className="h-10 border-b border-line">
            {columns.map((column) => (
              <th role="columnheader" scope="col" key={column.label} className={cn("px-4 font-medium whitespace-nowrap", column.right && "text-right", column.wide && WIDE)}>
                {column.hideLabel ? <span className="sr-only">{column.label}</span> : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="card:block">
          {rows.map((row) => (
            <tr role="row" key={rowKey(row)} className={`h-12 border-b border-line last:border-0 hover:bg-sunken/50 ${CARD}`}>
              {columns.map((column) =>
                column.head ? (
                  <th role="rowheader" scope="row" key={column.label} className="px-4 py-1.5 font-medium line:max-w-xs card:col-span-full card:p-0 card:wrap-anywhere">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td role="cell" key={column.label} className={cn("px-4 py-1.5 line:max-w-xs card:min-w-0 card:p-0", column.right && "tabular text-right whitespace-nowrap card:text-left", column.wide && WIDE)}>
                    {!column.hideLabel && <span aria-hidden className="block text-xs text-muted line:hidden">{column.label}</span>}
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
        {foot && (
          <tfoot role="rowgroup" className="card:block">
            <tr role="row" className={`h-12 border-t border-line-strong font-semibold ${CARD}`}>
              {columns.map((column, n) => (
                <td role="cell" key={column.label} className={cn("px-4 card:p-0", column.right && "tabular text-right whitespace-nowrap card:text-left", column.wide && WIDE, n === 0 && "card:col-span-full")}>
                  {n > 0 && foot[n] !== undefined && <span aria-hidden className="block text-xs font-normal text-muted line:hidden">{column.label}</span>}
                  {foot[n]}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}
