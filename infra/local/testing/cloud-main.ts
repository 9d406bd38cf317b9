/** A cloud in a process of its own, so that a test can kill it: with functions from a folder, and no web. */
import { fileURLToPath } from "node:url";
import { startCloud } from "../cloud.ts";
import { loadEnvironment } from "../environment.ts";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));

const cloud = await startCloud(PROJECT, loadEnvironment(PROJECT), async () => ({
  status: () => ({ name: "web", state: "asleep" as const, pids: [], inFlight: 0 }),
  close: async () => undefined,
  functions: process.env.TEST_FUNCTIONS ?? "",
  onChange: () => undefined,
}));
process.once("disconnect", () => void cloud.close().then(() => process.exit(0)));
process.send?.("ready");
