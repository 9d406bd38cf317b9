/**
 * `npm run deploy:rehearsal`: deploys and removes with SST's own program against a stand-in of AWS, as far as that goes;
 * `-- --with-faults` puts back, one after the other, what went wrong before, and demands that the rehearsal notices.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CommandError } from "../../local/core/command-error.ts";
import { FAULTS, RehearsalFailed, rehearse } from "./rehearse.ts";

const PROJECT = resolve(import.meta.dirname, "../../..");
const { values } = parseArgs({ options: { "with-faults": { type: "boolean", default: false } } });

const platform = `sst-${process.platform === "win32" ? "win32" : process.platform}-${process.arch}`;
if (!existsSync(join(PROJECT, "node_modules", platform))) {
  console.log(`Skipped: npm has no program of SST for this system (${platform}).`);
  process.exit(0);
}
const failed = (error: unknown): never => {
  if (error instanceof RehearsalFailed) throw new CommandError(error.message);
  throw error;
};
await rehearse(PROJECT, { tell: (line) => console.log(`ok     ${line}`) }).catch(failed);
if (values["with-faults"]) {
  for (const fault of Object.keys(FAULTS)) {
    const noticed = await rehearse(PROJECT, { tell: () => undefined, fault }).then(
      () => undefined,
      (error: unknown) => (error instanceof RehearsalFailed ? error.message.split("\n")[0] : failed(error)),
    );
    if (!noticed) throw new CommandError(`Not noticed: ${fault}.`);
    console.log(`ok     put back, and noticed: ${fault}\n         ${noticed}`);
  }
}
console.log(
  "As far as here without AWS. Not rehearsed: what Pulumi makes (checked offline by `npm test`), the build of the containers' images (`npm run images:rehearsal`), and what only AWS can answer.",
);
process.exit(0);
