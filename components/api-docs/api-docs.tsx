import { type ApiDocument, fieldsOf, type Operation, operationsOf } from "./document.ts";
import { Fields, withCode } from "./fields.tsx";
import { OperationCard } from "./operation-card.tsx";

/** What holds for all operations. */
const BASICS: [title: string, text: string][] = [
  ["Address", "`npm start` and a deployment print it as `api`; the examples have it in `$DORMOUSE_API`."],
  [
    "Key",
    "Every call has the header `Authorization: Bearer dormouse_…`. Keys are made in the settings, and shown once.",
  ],
  [
    "Errors",
    "Problem details as RFC 9457 has them: programs go by `code`, which stays the same; `detail` is a sentence for people.",
  ],
  [
    "Pages",
    "A list that goes on has a `cursor`: hand it to the next call as it is. Without one, the page is the last.",
  ],
  [
    "Calls once",
    "A POST with an `Idempotency-Key` is done once in 24 hours: repeated, it gets the same answer and `Idempotent-Replayed: true`.",
  ],
  [
    "Versions",
    "What is read has an `ETag`. `If-None-Match` saves its being sent again; `If-Match` changes only what is still as it was read, else 412.",
  ],
  ["Limit", "600 calls a minute for each key. `RateLimit` says how many are left; then it is 429 with `Retry-After`."],
];

/** The program interface, from its own document: every operation by its subject, and the schemas that they share. */
export function ApiDocs({ document }: { document: ApiDocument }) {
  const operations = operationsOf(document);
  const groups = document.tags.map(({ name }) => ({ name, all: operations.filter(({ tags }) => tags.includes(name)) }));
  return (
    <div className="flex flex-col gap-8">
      <div>
        <h1 className="font-semibold text-xl">API reference</h1>
        <p className="mt-1 text-pretty text-soft">
          What programs can do here with a key: {operations.length} operations over JSON and HTTP.
        </p>
      </div>
      <dl className="grid gap-x-8 gap-y-4 rounded-card border border-line bg-surface p-4 text-sm shadow-card sm:grid-cols-2 sm:p-6">
        {BASICS.map(([title, text]) => (
          <div key={title}>
            <dt className="font-medium">{title}</dt>
            <dd className="text-pretty text-soft">{withCode(text)}</dd>
          </div>
        ))}
      </dl>
      <nav aria-label="Operations" className="columns-xs gap-8 text-sm">
        {groups.map(({ name, all }) => (
          <Contents key={name} name={name} operations={all} />
        ))}
      </nav>
      {groups.map(({ name, all }) => (
        <section key={name} aria-labelledby={`tag-${name}`} className="flex flex-col gap-4">
          <h2 id={`tag-${name}`} className="scroll-mt-20 font-semibold text-lg">
            {name}
          </h2>
          {all.map((operation) => (
            <OperationCard key={operation.operationId} operation={operation} />
          ))}
        </section>
      ))}
      <section aria-labelledby="schemas" className="flex flex-col gap-4">
        <h2 id="schemas" className="font-semibold text-lg">
          Schemas
        </h2>
        {Object.entries(document.components.schemas).map(([name, schema]) => (
          <article
            key={name}
            id={`schema-${name}`}
            aria-labelledby={`schema-${name}-title`}
            className="scroll-mt-20 rounded-card border border-line bg-surface p-4 shadow-card sm:p-6"
          >
            <h3 id={`schema-${name}-title`} className="font-semibold">
              {name}
            </h3>
            {schema.description ? (
              <p className="mt-2 text-pretty break-words text-sm text-soft">{withCode(schema.description)}</p>
            ) : null}
            <Fields title="Fields" fields={fieldsOf(schema)} isGiven />
          </article>
        ))}
      </section>
    </div>
  );
}

function Contents({ name, operations }: { name: string; operations: Operation[] }) {
  return (
    <div className="mb-4 break-inside-avoid">
      <p className="font-medium">{name}</p>
      <ul>
        {operations.map(({ operationId, method, path }) => (
          <li key={operationId}>
            <a href={`#${operationId}`} className="flex gap-2 py-0.5 text-soft hover:text-hazel hover:underline">
              <span className="w-14 shrink-0 font-mono text-faint text-xs leading-5">{method}</span>
              <code className="break-all text-[0.8125rem]">{path.replace("/v1", "")}</code>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
