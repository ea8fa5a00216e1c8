/** Rows that are all here: no pages, no sorting. On a phone as cards, as in `table.tsx`. */
import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

export interface Figure<Row> {
  label: string;
  cell: (row: Row) => ReactNode;
  right?: boolean;
  /** What the row is called. */
  head?: boolean;
  /** Not on a phone. */
  wide?: boolean;
  /** The cell says it itself. */
  hideLabel?: boolean;
}

export function Plain<Row>({ label, rows, rowKey, columns, foot }: { label: string; rows: readonly Row[]; rowKey: (row: Row) => string; columns: Figure<Row>[]; foot?: ReactNode[] }) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="group" aria-label={label}>
      <table role="table" aria-label={label} className="w-full text-left text-sm max-sm:block">
        <thead role="rowgroup" className="text-muted max-sm:sr-only">
          <tr role="row" className="h-10 border-b border-line">
            {columns.map((column) => (
              <th role="columnheader" scope="col" key={column.label} className={cn("px-4 font-medium whitespace-nowrap", column.right && "text-right")}>
                {column.hideLabel ? <span className="sr-only">{column.label}</span> : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="max-sm:block">
          {rows.map((row) => (
            <tr role="row" key={rowKey(row)} className="h-12 border-b border-line last:border-0 hover:bg-sunken/50 max-sm:grid max-sm:h-auto max-sm:grid-cols-2 max-sm:gap-x-4 max-sm:gap-y-1 max-sm:p-4">
              {columns.map((column) =>
                column.head ? (
                  <th role="rowheader" scope="row" key={column.label} className="px-4 py-1.5 font-medium max-sm:col-span-2 max-sm:p-0">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td role="cell" key={column.label} className={cn("px-4 py-1.5 max-sm:p-0", column.right && "tabular text-right whitespace-nowrap max-sm:text-left", column.wide && "max-sm:hidden")}>
                    {!column.hideLabel && <span aria-hidden className="block text-xs text-muted sm:hidden">{column.label}</span>}
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
        {foot && (
          <tfoot role="rowgroup" className="max-sm:block">
            <tr role="row" className="h-12 border-t border-line-strong font-semibold max-sm:grid max-sm:h-auto max-sm:grid-cols-2 max-sm:gap-x-4 max-sm:gap-y-1 max-sm:p-4">
              {columns.map((column, n) => (
                <td role="cell" key={column.label} className={cn("px-4 max-sm:p-0", column.right && "tabular text-right whitespace-nowrap max-sm:text-left", column.wide && "max-sm:hidden", n === 0 && "max-sm:col-span-2")}>
                  {n > 0 && foot[n] !== undefined && <span aria-hidden className="block text-xs font-normal text-muted sm:hidden">{column.label}</span>}
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
