import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export const WORKFLOW_ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:test-workflow";

type Execution = { workspaceId: string; transferId: string; wave: number; starts: number; ended: boolean };

/** Executions that this process has started, by name. A test may end one; it calls the steps itself. */
export const executions = new Map<string, Execution>();

export const executionsOf = (transferId: string): string[] =>
  [...executions].filter(([, execution]) => execution.transferId === transferId).map(([name]) => name);

/** Reports of containers, by their task tokens; the last says whether they succeeded. */
export const reports = new Map<string, string[]>();

/** A stub of Step Functions: it stores the names of executions and the reports of tasks, and runs no state. */
export async function startStepFunctions(): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const { name = "", input = "{}", taskToken = "" } = JSON.parse(await text(request));
    const action = String(request.headers["x-amz-target"]).replace("AWSStepFunctions.", "");
    const answer = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
    if (action.startsWith("SendTask")) {
      reports.set(taskToken, [...(reports.get(taskToken) ?? []), action]);
      return answer(200, {});
    }
    if (action !== "StartExecution") return answer(400, { __type: "UnknownOperationException" });
    const before = executions.get(name);
    if (before?.ended) return answer(400, { __type: "ExecutionAlreadyExists", message: "It has ended." });
    executions.set(name, { ...JSON.parse(input), starts: (before?.starts ?? 0) + 1, ended: false });
    const executionArn = `${WORKFLOW_ARN.replace(":stateMachine:", ":execution:")}:${name}`;
    return answer(200, { executionArn, startDate: Date.now() / 1000 });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
