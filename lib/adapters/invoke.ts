import { InvokeCommand } from "@aws-sdk/client-lambda";
import { lambda } from "./lambda.ts";

/** What a function has returned, or the name of the error by which it ended. */
export type Invoked = { answer?: unknown; failed?: string };

const ERROR_NAME = /^[\w.]{1,80}$/;

/** Calls a function and waits for what it says. Throws what Lambda itself refuses the call with. */
export async function invoke(name: string, event: object): Promise<Invoked> {
  const { FunctionError, Payload } = await lambda().send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
  );
  const answer = parseJson(Payload);
  if (!FunctionError) return { answer };
  const named = answer !== null && typeof answer === "object" && "errorType" in answer ? answer.errorType : undefined;
  return { failed: typeof named === "string" && ERROR_NAME.test(named) ? named : "Unknown" };
}

/** Has a function called with an event, soon, and tried again by Lambda if it fails. */
export async function invokeLater(name: string, event: object): Promise<void> {
  await lambda().send(
    new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload: JSON.stringify(event) }),
  );
}

function parseJson(payload: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(payload ?? []).toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
