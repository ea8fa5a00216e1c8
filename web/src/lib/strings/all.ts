/**
 * The whole catalogue: what there is to translate. A translation is an object of the type `Words`; a part that is missing
 * here is missed by the test beside it. Nothing but tests and translations imports this: pages load their own words.
 */
import * as money from "@/components/money-words";
import { STATUS_WORDS } from "@/components/session-badge";
import { words as accounting } from "@/features/accounting/strings";
import { words as auditing } from "@/features/auditing/strings";
import { words as auth } from "@/features/auth/strings";
import { words as billing } from "@/features/billing/strings";
import { words as expenses } from "@/features/expenses/strings";
import { EVENTS, FIELDS } from "@/features/history/strings";
import { words as notices } from "@/features/notices/strings";
import { words as operations } from "@/features/operations/strings";
import { words as patients } from "@/features/patients/strings";
import { words as progress } from "@/features/progress/strings";
import { words as reports } from "@/features/reports/strings";
import { words as rescheduling } from "@/features/rescheduling/strings";
import { words as schedule } from "@/features/schedule/strings";
import { words as series } from "@/features/series/strings";
import { words as sessions } from "@/features/sessions/strings";
import { words as settings } from "@/features/settings/strings";
import { words as therapist } from "@/features/therapist/strings";

import { words as shared } from ".";

export const ALL = {
  shared, methods: money.METHODS, before: money.BEFORE, categories: money.CATEGORY_WORDS, statuses: STATUS_WORDS, events: EVENTS, fields: FIELDS,
  accounting, auditing, auth, billing, expenses, notices, operations, patients, progress, reports, rescheduling, schedule, series, sessions, settings, therapist,
};

/** Strings as the type of any translation: the same keys, other words. */
export type Translation<T> = T extends string ? string : T extends (...given: infer G) => infer R ? (...given: G) => Translation<R> : { readonly [K in keyof T]: Translation<T[K]> };

export type Words = Translation<typeof ALL>;
