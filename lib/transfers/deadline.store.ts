import { resources } from "#lib/adapters/resources.ts";
import { deleteSchedule, putSchedule } from "#lib/adapters/schedule.ts";

/** `purge`: the time in the trash is over. */
export const DEADLINE_KINDS = ["warning", "expiry", "purge"] as const;
export type DeadlineKind = (typeof DEADLINE_KINDS)[number];
/** The input of the function of deadlines. `file`: the ordinal of a removed file whose time in the trash is over. */
export type Deadline = { workspaceId: string; transferId: string } & (
  | { kind: DeadlineKind }
  | { kind: "file"; ordinal: number }
);
type NamesDeadline = Pick<Deadline, "transferId"> & ({ kind: DeadlineKind } | { kind: "file"; ordinal: number });

/** How long before its end a transfer's recipients are warned, in milliseconds. */
export const WARNING_MS = 24 * 3600 * 1000;

const nameOf = (of: NamesDeadline): string => `${of.transferId}-${of.kind === "file" ? `file-${of.ordinal}` : of.kind}`;

/** Creates the schedule of this deadline, or moves it. Schedules delete themselves after their time. */
export async function putDeadline(deadline: Deadline, at: Date): Promise<void> {
  await putSchedule(nameOf(deadline), resources.deadlines, deadline, at);
}

/** Succeeds also when the schedule does not exist. */
export async function deleteDeadline(deadline: NamesDeadline): Promise<void> {
  await deleteSchedule(nameOf(deadline), resources.deadlines);
}
