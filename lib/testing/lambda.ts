import type { AddressInfo } from "node:net";
import { ServiceError } from "#infra/local/core/aws-service.ts";
import type { Credentials } from "#infra/local/core/sigv4.ts";
import { createServicesFront } from "#infra/local/front.ts";
import { createLambda } from "#infra/local/services/lambda/api.ts";

type Handler = (event: unknown) => Promise<unknown>;

/** The functions that may be called, loaded by their first call. A test may replace one. */
export const handlers: Record<string, () => Promise<Handler>> = {
  broker: async () => (await import("#lib/entrypoints/steps/broker.ts")).handler,
  // Called later, and so never in tests, which call the verb.
  webhooks: async () => async () => undefined,
  inspect: async () => (await import("#lib/entrypoints/parsers/inspect.ts")).handler,
};

/** Lambda's API, with handlers in this process: input and output are JSON, and a failure is answered as by Lambda. */
export async function startLambda(credentials: Credentials): Promise<{ url: string; close(): void }> {
  const requireName = (name: string): string => {
    if (handlers[name]) return name;
    throw new ServiceError("ResourceNotFoundException", `Function not found: ${name}`, { status: 404 });
  };
  const lambda = createLambda({
    sources: [],
    queue: { accept: () => "" },
    functions: {
      requireName,
      status: () => [],
      async invoke(name, event, requestId = "") {
        const answer = (value: unknown, failed: boolean) => ({
          ...{ requestId, failed, payload: Buffer.from(JSON.stringify(value) ?? "null") },
        });
        try {
          return answer(await (await handlers[requireName(name)]?.())?.(structuredClone(event)), false);
        } catch (error) {
          if (error instanceof ServiceError) throw error;
          const { name: errorType, message: errorMessage } = error as Error;
          return answer({ errorType, errorMessage }, true);
        }
      },
    },
  });
  const server = createServicesFront({ services: [lambda], credentials, region: "us-east-1", onError: console.error });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
