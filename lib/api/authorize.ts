import { openApiKey } from "#lib/api-keys/open-api-key.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { workFor } from "#lib/web/errors.ts";
import { callerless, keyIn } from "./key-header.ts";

/** What API Gateway tells an authorizer (payload format 2.0). */
export type AuthorizerRequest = { headers?: Record<string, string | undefined> };

/**
 * Whether a request's key opens anything, as a simple response of API Gateway's authorizers. What a key may do is the
 * operation's business. Any other failure is thrown: API Gateway then answers 500, and nobody is let through.
 */
export async function authorize({ headers = {} }: AuthorizerRequest): Promise<{ isAuthorized: boolean }> {
  const key = keyIn(headers["authorization"]);
  if (!key) return { isAuthorized: false };
  const ctx = callerless();
  try {
    await workFor(ctx, () => openApiKey(ctx, { key }));
    return { isAuthorized: true };
  } catch (error) {
    if (error instanceof VisibleError) return { isAuthorized: false };
    throw error;
  }
}
