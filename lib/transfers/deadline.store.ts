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
/** What the function of deadlines is called with; `file`: the time in the trash of the one with this ordinal is over. */
export type Deadline = { workspaceId: string; transferId: string } & (
  | { kind: DeadlineKind }
  | { kind: "file"; ordinal: number }
);
type NamesDeadline = Pick<Deadline, "transferId"> & ({ kind: DeadlineKind } | { kind: "file"; ordinal: number });

/** How long before its end a transfer's recipients are warned, in milliseconds. */
export const WARNING_MS = 24 * 3600 * 1000;

const nameOf = (of: NamesDeadline): string => `${of.transferId}-${of.kind === "file" ? `file-${of.ordinal}` : of.kind}`;

/** Makes the one schedule of this deadline, or moves it. Schedules delete themselves when they have fired. */
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
    // It fired between the two calls.
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await scheduler().send(new CreateScheduleCommand(schedule));
  }
}

/** One that is not there, any more or yet, is fine. */
export async function deleteDeadline(deadline: NamesDeadline): Promise<void> {
  try {
    await scheduler().send(new DeleteScheduleCommand({ Name: nameOf(deadline), GroupName: resources.deadlines.group }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}
