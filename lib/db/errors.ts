import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { ElectroError } from "electrodb";

/** True when DynamoDB refused a write because its condition did not hold. */
export function isConditionFailed(error: unknown): boolean {
  if (error instanceof ConditionalCheckFailedException) return true;
  if (error instanceof ElectroError) return isConditionFailed(error.cause);
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}

/** Whether the write's condition held. */
export async function held(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}
