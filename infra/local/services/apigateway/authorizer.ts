/**
 * A REQUEST authorizer with payload format 2.0 and simple responses ("Control access to HTTP APIs with AWS Lambda
 * authorizers"). Its answer is kept for the time that is declared, by the identity source alone: it holds for every route.
 */
import type { IncomingMessage } from "node:http";
import { ACCOUNT } from "../../core/arns.ts";
import type { HttpApi } from "../../declaration.ts";
import type { Functions } from "../lambda/functions.ts";
import type { HttpEvent } from "../lambda/http-event.ts";
import { Refusal, within } from "./refusal.ts";

/** "Timeout for Lambda authorizer response" ("Quotas for configuring and running an HTTP API in API Gateway"). */
const TIMEOUT_MS = 10_000;
/** Answers that are kept at most; the oldest goes first. */
const MOST_KEPT = 1000;

export type AuthorizerOptions = {
  authorizer: HttpApi["authorizer"];
  functions: Pick<Functions, "invoke">;
  region: string;
  /** Milliseconds since 1970. */
  now: () => number;
};

/** Answers the context for the integration. Throws Refusal: 401 without an identity, 403 for a no, 500 for no answer. */
export type Authorize = (request: IncomingMessage, event: HttpEvent) => Promise<unknown>;

type Verdict = { isAuthorized: boolean; context: unknown };

export function createAuthorizer({ authorizer, functions, region, now }: AuthorizerOptions): Authorize {
  const header = authorizer.identitySource.replace("$request.header.", "").toLowerCase();
  const kept = new Map<string, Verdict & { until: number }>();

  async function ask(identity: string, { isBase64Encoded: _, ...event }: HttpEvent): Promise<Verdict> {
    const { method, path } = event.requestContext.http;
    const routeArn = `arn:aws:execute-api:${region}:${ACCOUNT}:${event.requestContext.apiId}/$default/${method}${path}`;
    const asked = { ...event, type: "REQUEST", routeArn, identitySource: [identity] };
    const late = new Refusal(500, `${authorizer.function} did not answer within ${TIMEOUT_MS} ms`);
    const { payload, failed } = await within(TIMEOUT_MS, functions.invoke(authorizer.function, asked), late);
    if (failed) throw new Refusal(500, `${authorizer.function} failed`);
    const { isAuthorized, context = {} } = (JSON.parse(payload.toString()) ?? {}) as Partial<Verdict>;
    if (typeof isAuthorized !== "boolean") throw new Refusal(500, `${authorizer.function} did not answer isAuthorized`);
    return { isAuthorized, context };
  }

  function keep(identity: string, verdict: Verdict): void {
    if (authorizer.ttlSeconds === 0) return;
    kept.delete(identity);
    const [oldest] = kept.keys();
    if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(identity, { ...verdict, until: now() + authorizer.ttlSeconds * 1000 });
  }

  return async (request, event) => {
    const identity = [request.headers[header] ?? ""].flat().join(",");
    if (identity === "") throw new Refusal(401);
    let verdict: Verdict | undefined = kept.get(identity);
    if (!verdict || (kept.get(identity)?.until ?? 0) <= now()) {
      verdict = await ask(identity, event).catch((error: unknown) => {
        throw error instanceof Refusal ? error : new Refusal(500, `${authorizer.function}: ${String(error)}`);
      });
      keep(identity, verdict);
    }
    if (!verdict.isAuthorized) throw new Refusal(403);
    return verdict.context;
  };
}
