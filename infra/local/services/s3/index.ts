/** S3, with the declared buckets. */
import { join } from "node:path";
import { openLogFile } from "../../core/log-file.ts";
import { createEngine } from "../../core/supervisor.ts";
import { type Environment, UPLOADS_BUCKET } from "../../environment.ts";
import { callers } from "../../roles.ts";
import type { LocalCloud } from "../../service.ts";
import * as lambda from "../lambda/index.ts";
import { declaredBuckets } from "./declared-buckets.ts";
import { prepareForeignBucket } from "./foreign-bucket.ts";
import { createS3Front, type S3EngineConfig, startS3 } from "./front.ts";
import { hasNotifications } from "./index-db.ts";

export async function open({ environment, say, use }: LocalCloud) {
  const { home, region, credentials, idleMs, s3 } = environment;
  const onObject = (await use(lambda)).listener("objects");
  const config: S3EngineConfig = {
    dataDir: join(home, "data", "s3"),
    region,
    credentials,
    callers: callers(environment),
    buckets: declaredBuckets(environment).map((bucket) =>
      bucket.name === UPLOADS_BUCKET && onObject ? { ...bucket, notifications: "objects" } : bucket,
    ),
    ledgerDir: join(home, "ledger"),
  };
  const file = openLogFile(join(home, "logs", "s3.log"));
  const log = (line: string): void => file("s3", line);
  const engine = createEngine({
    name: "s3",
    idleMs,
    start: () => startS3(config, { log, ...(onObject ? { onObject } : {}) }),
    onEvent: (event) => event === "crashed" && deliverRest(),
  });
  /** A killed engine or router left notifications behind: the engine is started to deliver them. */
  function deliverRest(): void {
    if (!onObject || !hasNotifications(config.dataDir)) return;
    engine
      .use(() => undefined)
      .catch((error: unknown) => say(`s3: ${error instanceof Error ? error.message : String(error)}`));
  }
  return {
    ports: [{ port: s3.port, server: createS3Front(engine, say) }],
    status: () => [engine.status()],
    start: deliverRest,
    close: engine.close,
  };
}

export async function prepareElsewhere(environment: Environment): Promise<void> {
  for (const bucket of declaredBuckets(environment)) await prepareForeignBucket(environment, bucket);
}
