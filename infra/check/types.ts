/** Checks the types of `sst.config.ts` and `infra/`, against SST's platform, which is unpacked first when it is missing. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { PROJECT } from "./evaluate.ts";
import { requirePlatform } from "./platform.ts";

/** What the compiler says of the infrastructure in `folder`; empty when all is well. */
export async function checkInfraTypes(folder: string): Promise<string> {
  await requirePlatform(PROJECT);
  const { status, stdout, stderr } = spawnSync(
    join(PROJECT, "node_modules", ".bin", "tsc"),
    ["--noEmit", "-p", join(folder, "infra")],
    { encoding: "utf8" },
  );
  return status === 0 ? "" : stdout + stderr;
}

if (process.argv[1] === import.meta.filename) {
  const said = await checkInfraTypes(PROJECT);
  process.stdout.write(said);
  process.exitCode = said === "" ? 0 : 1;
}
