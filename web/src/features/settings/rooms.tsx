import { DoorClosed, DoorOpen, Pencil, Plus } from "lucide-react";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { HistoryButton } from "@/components/history-button";
import { type Column, DataTable, useList } from "@/components/table";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/fields";
import { Badge } from "@/components/ui/page";
import { useFilters } from "@/lib/filters";
import { FormBody, useForm } from "@/lib/form";

import { words } from "./strings";

const w = words.rooms;
type Room = Schema<"Room">;

export default function Rooms() {
  const may = useMay();
  const manages = may("tenants:manage");
  const [filters, set] = useFilters({ section: "", sort: "", page: 1 });
  const [open, setOpen] = useState<{ room?: Room }>();
  const list = useList("room", "/api/v1/rooms", { query: { page: filters.page, sort: filters.sort || "name" } });
  const columns: Column<Room>[] = [
    { key: "name", label: words.name, head: true, csv: (row) => row.name, cell: (row) => row.name },
    { key: "state", label: words.state, csv: (row) => (row.active ? words.active : words.inactive), cell: (row) => (row.active ? <Badge tone="good">{words.active}</Badge> : <Badge>{words.inactive}</Badge>) },
    ...(manages ? [{ key: "more", label: words.edit, cell: (row: Room) => <Actions room={row} edit={() => setOpen({ room: row })} /> }] : []),
  ]; // prettier-ignore
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {manages && (
        <Button kind="primary" className="justify-self-end" onClick={() => setOpen({})}>
          <Plus aria-hidden className="size-4" />
          {w.new}
        </Button>
      )}
      <DataTable label={words.sections.rooms} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={w.none} />
      <Dialog open={open !== undefined} close={() => setOpen(undefined)} title={open?.room ? w.renameTitle(open.room.name) : w.new}>
        {open && <Edit {...(open.room ? { room: open.room } : {})} done={() => setOpen(undefined)} />}
      </Dialog>
    </div>
  );
}

function Actions({ room, edit }: { room: Room; edit: () => void }) {
  const params = { params: { path: { room_id: room.id } } };
  const change = (active: boolean, headers = {}) => api.PUT("/api/v1/rooms/{room_id}", { ...params, body: { active }, headers });
  const { mutate } = useCommand({
    send: (active: boolean, headers) => change(active, headers),
    changes: ["room"],
    said: (_, active) => (active ? w.opened : w.closed),
    undo: (_, active) => () => change(!active),
  });
  const Icon = room.active ? DoorClosed : DoorOpen;
  return (
    <span className="flex justify-end gap-1 max-sm:justify-start">
      <HistoryButton icon of={room.name} address={`/api/v1/rooms/${room.id}/history`} />
      <Button kind="quiet" size="icon" aria-label={`${w.rename}: ${room.name}`} onClick={edit}>
        <Pencil aria-hidden className="size-4" />
      </Button>
      <Button kind="quiet" size="icon" title={room.active ? w.close : w.open} aria-label={`${room.active ? w.close : w.open}: ${room.name}`} onClick={() => mutate(!room.active)}>
        <Icon aria-hidden className="size-4" />
      </Button>
    </span>
  );
}

function Edit({ room, done }: { room?: Room; done: () => void }) {
  const form = useForm<{ name: string }, Schema<"Saved">>({
    values: { name: room?.name ?? "" },
    send: ({ name }, headers) =>
      room ? api.PUT("/api/v1/rooms/{room_id}", { params: { path: { room_id: room.id } }, body: { name }, headers }) : api.POST("/api/v1/rooms", { body: { name }, headers }),
    changes: ["room"],
    said: room ? words.saved : w.added,
    done,
  });
  return (
    <FormBody form={form} cancel={done}>
      <Field label={words.name} autoComplete="off" {...form.field("name", { required: true })} />
    </FormBody>
  );
}
