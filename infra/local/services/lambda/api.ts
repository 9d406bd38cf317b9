/** Lambda's API ("API reference", 2015-03-31): invocations, and the event source mappings that are declared. */
import { randomUUID } from "node:crypto";
import {
  type AwsService,
  jsonReply,
  readInput,
  ServiceError,
  type ServiceReply,
  type ServiceRequest,
} from "../../core/aws-service.ts";
import type { AsyncQueue } from "./async-queue.ts";
import type { EventSource } from "./event-source.ts";
import type { Functions } from "./functions.ts";

export type LambdaOptions = {
  functions: Pick<Functions, "invoke" | "requireName" | "status">;
  queue: Pick<AsyncQueue, "accept">;
  sources: EventSource[];
};

const FUNCTION_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const MAPPING_PATH = /^\/2015-03-31\/event-source-mappings\/?([^/]*)$/;

export function createLambda({ functions, queue, sources }: LambdaOptions): AwsService {
  async function invoke(request: ServiceRequest, nameOrArn: string): Promise<ServiceReply> {
    const name = functions.requireName(nameOrArn);
    const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
    const event = readEvent(request.body);
    if (type === "DryRun") return { status: 204 };
    if (type === "Event") {
      const requestId = queue.accept(name, JSON.stringify(event));
      return { status: 202, headers: { "x-amzn-requestid": requestId } };
    }
    if (type !== "RequestResponse")
      throw new ServiceError("InvalidParameterValueException", `There is no invocation type ${type}.`);
    const { requestId, payload, failed } = await functions.invoke(name, event, randomUUID());
    return {
      status: 200,
      headers: {
        "content-type": "application/json",
        "x-amzn-requestid": requestId,
        "x-amz-executed-version": "$LATEST",
        ...(failed ? { "x-amz-function-error": "Unhandled" } : {}),
      },
      body: payload,
    };
  }

  function mappings(request: ServiceRequest, uuid: string): ServiceReply {
    if (uuid === "" && request.method === "GET") {
      const [functionName, sourceArn] = ["FunctionName", "EventSourceArn"].map((name) => request.query.get(name));
      const found = sources.filter(
        (source) =>
          (!functionName || functions.requireName(functionName) === source.functionName) &&
          (!sourceArn || sourceArn === source.describe().EventSourceArn),
      );
      return jsonReply(request, { EventSourceMappings: found.map((source) => source.describe()) });
    }
    const source = sources.find((one) => one.describe().UUID === uuid);
    if (!source)
      throw new ServiceError("ResourceNotFoundException", "The resource you requested does not exist.", {
        status: 404,
      });
    if (request.method === "GET") return jsonReply(request, source.describe());
    if (request.method !== "PUT") throw unknown(request);
    const { Enabled, BatchSize } = readInput(request);
    if (BatchSize !== undefined && BatchSize !== source.describe().BatchSize)
      throw new ServiceError("InvalidParameterValueException", "Here a mapping can be enabled and disabled alone.");
    return jsonReply(request, typeof Enabled === "boolean" ? source.enable(Enabled) : source.describe(), 202);
  }

  return {
    names: ["lambda"],
    async handle(request) {
      const path = request.path;
      const [, nameOrArn] = FUNCTION_PATH.exec(path) ?? [];
      if (nameOrArn && request.method === "POST") return invoke(request, decodeURIComponent(nameOrArn));
      const [, uuid] = MAPPING_PATH.exec(path) ?? [];
      if (uuid !== undefined) return mappings(request, uuid);
      throw unknown(request);
    },
    status: () => functions.status(),
    close: async () => undefined,
  };
}

const unknown = ({ method, path }: ServiceRequest): ServiceError =>
  new ServiceError("UnknownOperationException", `Lambda has no ${method} ${path} here.`, { status: 404 });

function readEvent(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : (JSON.parse(body.toString()) as unknown);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ServiceError(
      "InvalidRequestContentException",
      `Could not parse request body into json: ${error.message}`,
    );
  }
}
