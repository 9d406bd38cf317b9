import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { ElectroError } from "electrodb";

/** True when DynamoDB refused a write because its condition did not hold. */
export function isConditionFailed(error: unknown): boolean {
  if (error instanceof ConditionalCheckFailedException) return true;
  if (error instanceof ElectroError) return isConditionFailed(error.cause);
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}
