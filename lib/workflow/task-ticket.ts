import { createHmac, timingSafeEqual } from "node:crypto";
import type { RunRow } from "./run.store.ts";
import type { TaskRef } from "./task.schema.ts";

type Task = Pick<TaskRef, "state" | "batch">;

/** What a container shows to the broker: derived from the secret of its run, valid for its own step and batch only. */
export const ticketOf = (secret: string, { state, batch }: Task): string =>
  createHmac("sha256", secret)
    .update(`${state}\n${batch ?? ""}`)
    .digest("base64url");

/** Whether a ticket is for a task of this run. */
export function isTicketOf({ taskSecret }: RunRow, task: Task, given: string): boolean {
  if (!taskSecret) return false;
  const [expected, shown] = [Buffer.from(ticketOf(taskSecret, task)), Buffer.from(given)];
  return expected.length === shown.length && timingSafeEqual(expected, shown);
}
