/** `npm run remove -- --stage NAME`: takes a stage away with all of its data; production refuses. */
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { CommandError } from "../local/core/command-error.ts";
import { askAccount, findCaller } from "./account.ts";
import { checkStage } from "./preflight.ts";
import { sst } from "./sst.ts";

const { values } = parseArgs({ options: { stage: { type: "string" }, yes: { type: "boolean", default: false } } });
const stage = checkStage(values.stage);
if (stage === "production") {
  throw new CommandError(
    "Production is not removed by a command: it holds people's files. Take them first (README, “Leaving”), then set `protect` and `removal` in sst.config.ts, deploy once, and run `npx sst remove --stage production`.",
  );
}
const caller = await findCaller();
await askAccount(caller, { stage, mail: false });
const { region } = caller;
if (!values.yes) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const typed = await terminal.question(
    `This deletes every file and transfer of ${stage} in ${region}. Type ${stage}: `,
  );
  terminal.close();
  if (typed.trim() !== stage) throw new CommandError("Nothing was removed.");
}
await sst(process.cwd(), stage, ["remove"]);
