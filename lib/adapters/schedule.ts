import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { scheduler } from "./scheduler.ts";

/** The group of one-shot schedules, the role that they take on, and the function that they call: ARNs but for the group. */
export type ScheduleTarget = { group: string; role: string; target: string };

/** Creates a one-shot schedule that calls the function with `input`, or moves it. It deletes itself after its time. */
export async function putSchedule(
  name: string,
  { group, role, target }: ScheduleTarget,
  input: object,
  at: Date,
): Promise<void> {
  const schedule: CreateScheduleCommandInput = {
    Name: name,
    GroupName: group,
    ScheduleExpression: `at(${at.toISOString().slice(0, 19)})`,
    ScheduleExpressionTimezone: "UTC",
    FlexibleTimeWindow: { Mode: "OFF" },
    ActionAfterCompletion: "DELETE",
    Target: { Arn: target, RoleArn: role, Input: JSON.stringify(input) },
  };
  try {
    await scheduler().send(new CreateScheduleCommand(schedule));
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
    await moveSchedule(schedule);
  }
}

async function moveSchedule(schedule: CreateScheduleCommandInput): Promise<void> {
  try {
    await scheduler().send(new UpdateScheduleCommand(schedule));
  } catch (error) {
    // The schedule's time came between the two calls.
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await scheduler().send(new CreateScheduleCommand(schedule));
  }
}

/** Succeeds also when the schedule does not exist. */
export async function deleteSchedule(name: string, { group }: Pick<ScheduleTarget, "group">): Promise<void> {
  try {
    await scheduler().send(new DeleteScheduleCommand({ Name: name, GroupName: group }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}
