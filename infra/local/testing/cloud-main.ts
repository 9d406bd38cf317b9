/** A cloud in a process of its own, so that a test can kill it: with functions from a folder and no web, or a deployment. */

import { fileURLToPath } from "node:url";
import { functionList, type TaskDeclaration, taskList } from "../../function-list.ts";
import { startCloud } from "../cloud.ts";
import { loadEnvironment } from "../load-environment.ts";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));

const { TEST_DEPLOYMENT, TEST_FUNCTIONS = "", TEST_ISOLATED = "", TEST_SCAN } = process.env;
for (const [name, declaration] of Object.entries(functionList))
  if (TEST_ISOLATED.split(",").includes(name)) declaration.isolated = true;
if (TEST_SCAN) (taskList.scan as TaskDeclaration).entry = TEST_SCAN;
const noWeb = {
  status: () => ({ name: "web", state: "asleep" as const, pids: [], inFlight: 0 }),
  close: async () => undefined,
  functions: TEST_FUNCTIONS,
  onChange: () => undefined,
};
const cloud = await startCloud(PROJECT, loadEnvironment(PROJECT), async () =>
  TEST_DEPLOYMENT ? { deployment: TEST_DEPLOYMENT } : noWeb,
);
process.once("disconnect", () => void cloud.close().then(() => process.exit(0)));
process.send?.("ready");
