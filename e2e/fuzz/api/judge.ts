/** Whether an answer is one that the program interface's document allows. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { ApiResponse } from "#lib/api/serve.ts";
import type { Document } from "./requests.ts";

/** What stands in no answer: an inside of ours, or someone else's. */
const INSIDES = [
  /\bat \w+ \(|file:\/\/|node_modules|\.ts:\d/,
  /ElectroError|ValidationException|ResourceNotFound/,
  /"?gsi1pk/,
];

type Judged = { operationId: string; answer: ApiResponse; secrets: readonly string[] };

/** Says what is wrong with an answer; undefined where nothing is. */
export function createJudge(document: Document): (judged: Judged) => string | undefined {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  addFormats.default(ajv);
  ajv.addSchema(document, "document");
  const responses = new Map(
    Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId, responses }) => [operationId, responses] as const),
    ),
  );
  const made = new Map<string, ValidateFunction>();
  const validator = (pointer: string): ValidateFunction => {
    const known = made.get(pointer) ?? ajv.compile({ $ref: `document#${pointer}` });
    made.set(pointer, known);
    return known;
  };
  const problem = validator("/components/schemas/Problem");
  const pathOf = (operationId: string): [string, string] => {
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, one] of Object.entries(methods)) if (one.operationId === operationId) return [path, method];
    throw new Error(`There is no operation ${operationId}.`);
  };

  function judgeBody(operationId: string, { statusCode, headers, body }: ApiResponse): string | undefined {
    if (statusCode === 304) return body === "" ? undefined : "304 has a body";
    const read: unknown = JSON.parse(body);
    if (statusCode >= 400) {
      if (headers["content-type"] !== "application/problem+json") return `${headers["content-type"]} is no problem`;
      if (!problem(read)) return `The problem is not as documented: ${ajv.errorsText(problem.errors)}`;
      const { status } = read as { status: number };
      return status === statusCode ? undefined : `The body says ${status}, the answer ${statusCode}`;
    }
    const [path, method] = pathOf(operationId);
    const escaped = path.replaceAll("~", "~0").replaceAll("/", "~1");
    const at = `/paths/${encodeURIComponent(escaped)}/${method}/responses/${statusCode}/content/application~1json/schema`;
    const valid = validator(at);
    return valid(read) ? undefined : `The answer is not as documented: ${ajv.errorsText(valid.errors)}`;
  }

  return ({ operationId, answer, secrets }) => {
    const { statusCode, headers, body } = answer;
    if (statusCode >= 500) return `It failed: ${body}`;
    const documented = responses.get(operationId) ?? {};
    if (statusCode < 400 && !(`${statusCode}` in documented)) return `${statusCode} is not documented`;
    const said = `${JSON.stringify(headers)}${body}`;
    const secret = secrets.find((one) => said.includes(one));
    if (secret) return `The answer has a secret in it: ${secret.slice(0, 12)}…`;
    const inside = INSIDES.find((one) => one.test(body));
    if (inside) return `The answer shows an inside: ${inside.exec(body)?.[0]}`;
    try {
      return judgeBody(operationId, answer);
    } catch (error) {
      return `The body can't be read: ${String(error)}`;
    }
  };
}
