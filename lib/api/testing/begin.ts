/** A program that calls the interface with a key, in tests. */
import { createApiKey } from "#lib/api-keys/create-api-key.ts";
import { KEY_SCOPES, type KeyScope, type Role } from "#lib/kernel/ctx.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { type ApiRequest, serve } from "../serve.ts";

type Call = Partial<Pick<ApiRequest, "body" | "rawQueryString" | "isBase64Encoded">> & {
  headers?: ApiRequest["headers"];
};

/** A new workspace and a key in it; `call` sends a request with that key, `send` one with a body of JSON. */
export async function begin({ role = "owner" as Role, scopes = [...KEY_SCOPES] as KeyScope[] } = {}) {
  const ws = await makeWorkspace();
  const member = ws.as(role);
  const { key, view } = await createApiKey(member, { name: "test", scopes });
  async function call(method: string, rawPath: string, { headers = {}, ...rest }: Call = {}) {
    const request = {
      rawPath,
      ...rest,
      headers: { authorization: `Bearer ${key}`, ...headers },
      requestContext: { http: { method } },
    };
    const { statusCode: status, headers: answered, body } = await serve(request);
    return { status, headers: answered, body: JSON.parse(body || "{}") as Record<string, unknown> };
  }
  const send = (method: string, path: string, body: unknown, headers = {}) =>
    call(method, path, { body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } });
  return { ws, member, key, view, call, send };
}
