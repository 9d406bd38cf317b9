/** A schedule's definition, checked as EventBridge Scheduler checks it ("CreateSchedule" in its API reference). */
import { ServiceError } from "../../core/aws-service.ts";
import { type Expression, nextTime, parseExpression } from "./expression.ts";

export type Target = {
  Arn: string;
  RoleArn: string;
  Input?: string;
  DeadLetterConfig?: { Arn?: string };
  RetryPolicy?: { MaximumEventAgeInSeconds?: number; MaximumRetryAttempts?: number };
};

/** As a client sends it; dates in seconds since 1970. */
export type Definition = {
  ScheduleExpression: string;
  ScheduleExpressionTimezone: string;
  Target: Target;
  FlexibleTimeWindow: { Mode: "OFF" | "FLEXIBLE"; MaximumWindowInMinutes?: number };
  State: "ENABLED" | "DISABLED";
  ActionAfterCompletion: "NONE" | "DELETE";
  Description?: string;
  StartDate?: number;
  EndDate?: number;
};

const invalid = (message: string): ServiceError => new ServiceError("ValidationException", message);

/** The definition in a request's body. Throws ValidationException. */
export function readDefinition(input: Record<string, unknown>): Definition {
  const given = input as Partial<Definition>;
  const { ScheduleExpression = "", FlexibleTimeWindow, Target, ScheduleExpressionTimezone = "UTC" } = given;
  if (!parseExpression(ScheduleExpression)) throw invalid(`Invalid Schedule Expression ${ScheduleExpression}.`);
  if (ScheduleExpressionTimezone !== "UTC") throw invalid("Here schedules know the time zone UTC alone.");
  if (FlexibleTimeWindow?.Mode !== "OFF" && FlexibleTimeWindow?.Mode !== "FLEXIBLE")
    throw invalid(
      "1 validation error detected: Value at 'flexibleTimeWindow' failed to satisfy constraint: Member must not be null",
    );
  if (!Target?.Arn || !Target.RoleArn)
    throw invalid(
      "1 validation error detected: Value at 'target' failed to satisfy constraint: Member must not be null",
    );
  if (!/^arn:aws:lambda:[^:]*:\d{12}:function:/.test(Target.Arn))
    throw invalid("Here a schedule's target is a function.");
  if (Target.Input !== undefined) readJson(Target.Input);
  return {
    ScheduleExpression,
    ScheduleExpressionTimezone,
    Target,
    FlexibleTimeWindow,
    State: given.State ?? "ENABLED",
    ActionAfterCompletion: given.ActionAfterCompletion ?? "NONE",
    ...(given.Description === undefined ? {} : { Description: given.Description }),
    ...(given.StartDate === undefined ? {} : { StartDate: given.StartDate }),
    ...(given.EndDate === undefined ? {} : { EndDate: given.EndDate }),
  };
}

/**
 * The next time when it is due. `after` is the last time, or undefined for a new schedule: a new one-time schedule
 * whose time has passed is due at once.
 */
export function dueTime(definition: Definition, created: number, after?: number): number | undefined {
  if (definition.State === "DISABLED") return undefined;
  const expression = parseExpression(definition.ScheduleExpression) as Expression;
  const { StartDate, EndDate } = definition;
  const start = StartDate === undefined ? created : StartDate * 1000;
  if (expression.kind === "at") return after === undefined ? expression.at : undefined;
  const next = nextTime(expression, Math.max(after ?? created, start - 1), start);
  return next !== undefined && EndDate !== undefined && next > EndDate * 1000 ? undefined : next;
}

function readJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid("Invalid RequestContent: the input of a function is JSON.");
  }
}
