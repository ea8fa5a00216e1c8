import { useQuery } from "@tanstack/react-query";
import { EllipsisVertical, KeyRound, MailPlus, Pencil, Plus, UserRoundCheck, UserRoundX } from "lucide-react";
import { useState } from "react";

import { type Refused, type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay, useMe } from "@/api/me";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { type Column, DataTable, useList } from "@/components/table";
import { SearchField, Toolbar } from "@/components/toolbar";
import { Button, buttonStyles } from "@/components/ui/button";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Field, Select } from "@/components/ui/fields";
import { Menu, MenuItem, MenuPopup } from "@/components/ui/menu";
import { Badge, Note } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { FormBody, useForm } from "@/lib/form";
import { fullName, useFormat } from "@/lib/format";
import { showHistory } from "@/lib/overlays";
import { words as shared } from "@/lib/strings";
import { History } from "lucide-react";

import { PasswordDialog } from "./password";
import { words } from "./strings";

const w = words.people;
type User = Schema<"User">;
type Role = Schema<"Role">;
const ROLES: readonly Role[] = ["WORKSPACE_ADMIN", "OPERATOR", "THERAPIST", "ACCOUNTANT", "AUDITOR"];
const ROLE_OPTIONS = ROLES.map((role) => [role, shared.roles[role]] as const);
/** What is done to one of them in a dialog. */
type Act = "edit" | "leave" | "password";
const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

export default function People() {
  const may = useMay();
  const [filters, set] = useFilters({ section: "", search: "", role: "", active: "true", sort: "", page: 1 });
  const [open, setOpen] = useState<{ what: "new" } | { what: Act; user: User }>();
  const list = useList("user", "/api/v1/users", {
    query: { search: filters.search, role: isRole(filters.role) ? filters.role : undefined, active: filters.active === "all" ? undefined : filters.active === "true", page: filters.page, sort: filters.sort || "firstName" },
  });
  const manages = may("users:manage");
  const columns: Column<User>[] = [
    { key: "name", label: words.name, head: true, sort: "firstName", csv: (row) => fullName(row, row.email ?? ""), cell: (row) => fullName(row, row.email ?? "") },
    { key: "role", label: w.role, csv: (row) => shared.roles[row.role], cell: (row) => shared.roles[row.role] },
    { key: "email", label: w.email, csv: (row) => row.email, cell: (row) => <span className="break-all">{row.email}</span> },
    { key: "phone", label: w.phone, wide: true, csv: (row) => row.phone, cell: (row) => <span className="tabular whitespace-nowrap">{row.phone}</span> },
    { key: "state", label: words.state, csv: (row) => (row.active ? (row.joined ? w.joined : w.invited) : w.deactivated), cell: (row) => <State user={row} /> },
    ...(manages ? [{ key: "more", label: words.edit, cell: (row: User) => <More user={row} act={setOpen} /> }] : []),
  ]; // prettier-ignore
  const narrowed = Boolean(filters.search || filters.role || filters.active !== "true");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Toolbar clear={narrowed && (() => set({ search: "", role: "", active: "true" }))}>
        <SearchField label={w.search} value={filters.search} change={(search) => set({ search })} className="w-full sm:w-64" />
        <Select label={w.role} value={filters.role} empty={shared.table.any} options={ROLE_OPTIONS} onChange={(event) => set({ role: event.target.value })} />
        <Select label={words.state} value={filters.active} options={[["true", words.active], ["false", words.inactive], ["all", shared.table.any]]} onChange={(event) => set({ active: event.target.value })} />
        {manages && (
          <Button kind="primary" onClick={() => setOpen({ what: "new" })}>
            <Plus aria-hidden className="size-4" />
            {w.new}
          </Button>
        )}
      </Toolbar>
      <DataTable label={words.sections.people} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={w.none} />
      <Dialog open={open?.what === "new"} close={() => setOpen(undefined)} title={w.new} about={w.invitationHint}>
        <Invite done={() => setOpen(undefined)} />
      </Dialog>
      <Dialog open={open?.what === "edit"} close={() => setOpen(undefined)} title={open?.what === "edit" ? w.editTitle(fullName(open.user)) : ""}>
        {open?.what === "edit" && <Edit user={open.user} done={() => setOpen(undefined)} />}
      </Dialog>
      {open?.what === "password" && <PasswordDialog user={open.user} close={() => setOpen(undefined)} />}
      {open?.what === "leave" && <Leave user={open.user} close={() => setOpen(undefined)} />}
    </div>
  );
}

function State({ user }: { user: User }) {
  if (!user.active) return <Badge>{w.deactivated}</Badge>;
  return user.joined ? <Badge tone="good">{words.active}</Badge> : <Badge tone="warn">{w.invited}</Badge>;
}

function More({ user, act }: { user: User; act: (open: { what: Act; user: User }) => void }) {
  const me = useMe();
  const params = { params: { path: { user_id: user.id } } };
  const name = fullName(user, user.email ?? "");
  const again = useCommand({
    send: (_: string, headers) => api.POST("/api/v1/users/{user_id}/invite", { ...params, headers }),
    changes: ["user"],
    said: w.againDone,
  });
  const back = useCommand({
    send: (_: string, headers) => api.POST("/api/v1/users/{user_id}/reactivate", { ...params, headers }),
    changes: ["user"],
    said: w.reactivatedNow(name),
    undo: () => () => api.DELETE("/api/v1/users/{user_id}", params),
  });
  return (
    <Menu.Root>
      <Menu.Trigger render={<Button kind="quiet" size="icon" aria-label={w.actions(name)} />}>
        <EllipsisVertical aria-hidden className="size-4" />
      </Menu.Trigger>
      <MenuPopup align="end">
        <MenuItem icon={Pencil} onClick={() => act({ what: "edit", user })}>{words.edit}</MenuItem>
        <MenuItem icon={History} onClick={() => showHistory(name, `/api/v1/users/${user.id}/history`)}>{shared.history.button}</MenuItem>
        {user.active && !user.joined && <MenuItem icon={MailPlus} onClick={() => again.mutate(user.id)}>{w.again}</MenuItem>}
        {user.active && user.id !== me.userId && <MenuItem icon={KeyRound} onClick={() => act({ what: "password", user })}>{w.password.menu}</MenuItem>}
        {user.active && user.id !== me.userId && <MenuItem icon={UserRoundX} danger onClick={() => act({ what: "leave", user })}>{w.deactivate}</MenuItem>}
        {!user.active && <MenuItem icon={UserRoundCheck} onClick={() => back.mutate(user.id)}>{w.reactivate}</MenuItem>}
      </MenuPopup>
    </Menu.Root>
  );
}

/** Deactivating: refused with the list of sessions that somebody else has to give first. */
function Leave({ user, close }: { user: User; close: () => void }) {
  const [left, setLeft] = useState<number>();
  const name = fullName(user, user.email ?? "");
  const params = { params: { path: { user_id: user.id } } };
  const { mutate } = useCommand({
    send: (_: string, headers) => api.DELETE("/api/v1/users/{user_id}", { ...params, headers }),
    changes: ["user"],
    said: w.deactivatedNow(name),
    undo: () => () => api.POST("/api/v1/users/{user_id}/reactivate", params),
    done: close,
    refused: (error: Refused) => {
      const { sessions } = (error.details ?? {}) as { sessions?: string[] };
      if (error.status !== 409 || !sessions) {
        close();
        return false;
      }
      setLeft(sessions.length);
      return true;
    },
  });
  if (left === undefined)
    return <Confirm open title={w.deactivateTitle(name)} text={w.deactivateText} yes={w.deactivate} danger answer={(yes) => (yes ? mutate(user.id) : close())} />;
  return (
    <Dialog open close={close} title={w.left(left)}>
      <div className="grid gap-4">
        <p className="text-sm">{w.leftText}</p>
        <FutureSessions therapistId={user.id} />
        <Link to="/schedule" search={{ therapist: user.id }} className={buttonStyles({ kind: "primary", className: "justify-self-end" })}>{w.toSchedule}</Link>
      </div>
    </Dialog>
  );
}

/** The next of them; there is a schedule for all. */
const SHOWN = 20;

function FutureSessions({ therapistId }: { therapistId: string }) {
  const { day } = useFormat();
  const found = useQuery(reading("session", "/api/v1/sessions", { query: { therapistId, status: ["SCHEDULED", "IN_PROGRESS"], pageSize: SHOWN, sort: "startsAt" } }));
  if (found.isPending) return <Skeleton rows={3} row="h-11" />;
  if (found.isError) return <Failed error={found.error} again={() => void found.refetch()} />;
  const { data, total } = found.data;
  if (total === 0) return <p className="text-sm text-muted">{w.leftNone}</p>;
  return (
    <ul className="divide-y divide-line rounded-lg border border-line text-sm">
      {data.map((row) => (
        <li key={row.id} className="flex min-h-11 flex-wrap items-center gap-x-3 px-3">
          <Link to="/sessions" search={{ session: row.id }} className="tabular inline-flex min-h-6 items-center underline underline-offset-4">
            {day(row.date, { weekday: "short", day: "numeric", month: "short" })}, {row.startTime}
          </Link>
          {row.patientName}
        </li>
      ))}
      {total > data.length && <li className="px-3 py-2 text-muted">{w.leftMore(total - data.length)}</li>}
    </ul>
  );
}

const NEW = { firstName: "", lastName: "", email: "", phone: "", role: "THERAPIST" };

function Invite({ done }: { done: () => void }) {
  const form = useForm<typeof NEW, Schema<"Invited">>({
    values: NEW,
    draft: "user.new",
    send: ({ role, phone, ...rest }, headers) => api.POST("/api/v1/users", { body: { ...rest, role: role as Role, ...(phone.trim() ? { phone: phone.trim() } : {}) }, headers }),
    changes: ["user"],
    said: ({ invitationSent }, values) => (invitationSent === false ? w.notSent(fullName(values)) : w.invitedNow(fullName(values))),
    done,
  });
  return (
    <FormBody form={form} submit={w.new} cancel={done}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={w.first} autoComplete="off" {...form.field("firstName", { required: true })} />
        <Field label={w.last} autoComplete="off" {...form.field("lastName", { required: true })} />
        <Field label={w.email} type="email" autoComplete="off" {...form.field("email", { required: true, kind: "email" })} />
        <Field label={w.phone} type="tel" optional autoComplete="off" {...form.field("phone", { kind: "phone" })} />
        <Select label={w.role} options={ROLE_OPTIONS} {...form.field("role", { required: true })} />
      </div>
    </FormBody>
  );
}

function Edit({ user, done }: { user: User; done: () => void }) {
  const form = useForm<typeof NEW, Schema<"Saved">>({
    values: { firstName: user.firstName ?? "", lastName: user.lastName ?? "", email: user.email ?? "", phone: user.phone ?? "", role: user.role },
    send: ({ role, ...rest }, headers) =>
      api.PUT("/api/v1/users/{user_id}", { params: { path: { user_id: user.id } }, body: { ...rest, role: role as Role }, headers: { ...headers, "if-match": `"${user.version}"` } }),
    changes: ["user"],
    said: words.saved,
    done,
  });
  return (
    <FormBody form={form} cancel={done}>
      {form.watch("role") !== user.role && <Note tone="warn">{shared.roles[user.role]} → {shared.roles[form.watch("role") as Role]}</Note>}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={w.first} autoComplete="off" {...form.field("firstName", { required: true })} />
        <Field label={w.last} autoComplete="off" {...form.field("lastName", { required: true })} />
        <Field label={w.email} type="email" autoComplete="off" {...form.field("email", { required: true, kind: "email" })} />
        <Field label={w.phone} type="tel" optional hint={w.phoneHint} autoComplete="off" {...form.field("phone", { kind: "phone" })} />
        <Select label={w.role} options={ROLE_OPTIONS} {...form.field("role", { required: true })} />
      </div>
    </FormBody>
  );
}
