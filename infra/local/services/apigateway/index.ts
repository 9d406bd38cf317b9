/** API Gateway: the HTTP API in front of the functions `api` and `authorize`; what is not deployed is unavailable. */
import { join } from "node:path";
import { openLogFile } from "../../core/log-file.ts";
import { corsFor, httpApi, readSettings } from "../../declaration.ts";
import { apiPort } from "../../environment.ts";
import type { LocalCloud } from "../../service.ts";
import * as lambda from "../lambda/index.ts";
import { createGateway } from "./gateway.ts";

export async function open({ environment, ledger, use }: LocalCloud) {
  const { functions } = await use(lambda);
  const log = openLogFile(join(environment.home, "logs", "apigateway.log"));
  const accessLog = (line: string): void => log("access", line);
  const api = { ...httpApi, ...corsFor(readSettings().apiOrigins) };
  const server = createGateway({ api, functions, region: environment.region, ledger, accessLog });
  return { ports: [{ port: apiPort(environment), server }], status: () => [], close: async () => undefined };
}
