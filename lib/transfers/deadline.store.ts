import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { resources } from "#lib/adapters/resources.ts";
import { scheduler } from "#lib/adapters/scheduler.ts";

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
  const { group, role, target } = resources.deadlines;
  const schedule: CreateScheduleCommandInput = {
    Name: nameOf(deadline),
    GroupName: group,
    ScheduleExpression: `at(${at.toISOString().slice(0, 19)})`,
    ScheduleExpressionTimezone: "UTC",
    FlexibleTimeWindow: { Mode: "OFF" },
    ActionAfterCompletion: "DELETE",
    Target: { Arn: target, RoleArn: role, Input: JSON.stringify(deadline) },
  };
  try {
    await scheduler().send(new CreateScheduleCommand(schedule));
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
    await moveDeadline(schedule);
  }
}

async function moveDeadline(schedule: CreateScheduleCommandInput): Promise<void> {
  try {
    await scheduler().send(new UpdateScheduleCommand(schedule));
  } catch (error) {
    // The schedule's time came between the two calls.
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await scheduler().send(new CreateScheduleCommand(schedule));
  }
}

/** Succeeds also when the schedule does not exist. */
export async function deleteDeadline(deadline: NamesDeadline): Promise<void> {
  try {
    await scheduler().send(new DeleteScheduleCommand({ Name: nameOf(deadline), GroupName: resources.deadlines.group }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}
