import { Badge, type BadgeTone } from "#components/ui/badge.tsx";
import { answerOf, bodyOf, type Field, fieldOf, fieldsOf, type Operation } from "./document.ts";
import { curlOf } from "./example.ts";
import { Fields, withCode } from "./fields.tsx";

const TONES: Record<string, BadgeTone> = { GET: "moon", POST: "good", PUT: "hazel", PATCH: "hazel", DELETE: "bad" };

/** How an operation is reached, what it takes and answers, and a call of it. */
export function OperationCard({ operation }: { operation: Operation }) {
  const { operationId, method, path, summary, description, parameters = [] } = operation;
  const body = bodyOf(operation);
  const answer = answerOf(operation);
  const asFields = (place: string): Field[] =>
    parameters
      .filter((one) => one.in === place)
      .map(({ name, schema, required, description }) => fieldOf(name, schema, required, description));
  return (
    <article
      id={operationId}
      aria-labelledby={`${operationId}-title`}
      className="scroll-mt-20 rounded-card border border-line bg-surface p-4 shadow-card sm:p-6"
    >
      <h3 id={`${operationId}-title`} className="font-semibold">
        {summary}
      </h3>
      <p className="mt-1 flex flex-wrap items-center gap-2">
        <Badge tone={TONES[method] ?? "plain"}>{method}</Badge>
        <code className="break-all text-sm">{path}</code>
      </p>
      {description ? <p className="mt-2 text-pretty text-sm text-soft">{withCode(description)}</p> : null}
      <Fields title="In the path" fields={asFields("path")} />
      <Fields title="In the query" fields={asFields("query")} />
      <Fields title="Headers" fields={asFields("header")} />
      {body ? <Fields title="In the body" fields={fieldsOf(body)} /> : null}
      {answer ? <Fields title={`Answer, ${answer.status}`} fields={fieldsOfAnswer(answer.schema)} isGiven /> : null}
      <details className="mt-4">
        <summary className="w-fit cursor-pointer font-medium text-hazel text-sm">A call with curl</summary>
        <pre className="mt-2 whitespace-pre-wrap break-all rounded-control bg-sunken p-3 text-xs">
          <code>{curlOf(operation)}</code>
        </pre>
      </details>
    </article>
  );
}

/** One that has a name of its own is described once, at the end of the page. */
function fieldsOfAnswer(schema: Parameters<typeof fieldsOf>[0]): Field[] {
  const fields = fieldsOf(schema);
  return fields.length > 0 ? fields : [fieldOf("the whole", schema, true)];
}
