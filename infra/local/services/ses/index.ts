/** SES, with its inbox in the browser. */
import { join } from "node:path";
import { inboxKey, inboxPort, SENDER } from "../../environment.ts";
import type { LocalCloud } from "../../service.ts";
import * as lambda from "../lambda/index.ts";
import { createSes } from "./api.ts";

export async function open({ environment, ledger, use }: LocalCloud) {
  const { listener } = await use(lambda);
  const ses = createSes({
    dir: join(environment.home, "data", "ses"),
    inboxKey: inboxKey(environment),
    region: environment.region,
    sender: SENDER,
    // On AWS a rule of EventBridge passes it to the function.
    onEvent: listener("bounces") ?? (() => undefined),
    ledger,
  });
  return { ...ses, ports: [{ port: inboxPort(environment), server: ses.inbox }] };
}
