import { session } from "@/api/session";

let left = false;

/** Signing out by one's own hand goes to the login; a session that ended stays where it was. */
export function leave(): void {
  left = true;
}
export const leaving = (): boolean => left && session() === null;
