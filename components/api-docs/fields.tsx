import type { Field } from "./document.ts";

/**
 * A table of fields: name, type and meaning. `isGiven` for the fields of an answer. A type that the page describes elsewhere
 * is a link to it.
 */
export function Fields({ title, fields, isGiven = false }: { title: string; fields: Field[]; isGiven?: boolean }) {
  if (fields.length === 0) return null;
  return (
    <div className="mt-4">
      <p className="font-medium text-sm">{title}</p>
      <dl className="mt-1 divide-y divide-line border-line border-y text-sm">
        {fields.map((field) => (
          <div key={field.name} className="py-2">
            <dt className="flex flex-wrap items-baseline gap-x-2">
              <code className="break-all font-medium text-[0.8125rem]">{field.name}</code>
              <span className="break-words text-faint text-xs">
                <Type field={field} />
                {isGiven && !field.required ? ", may be absent" : ""}
                {!isGiven && field.required ? ", needed" : ""}
              </span>
            </dt>
            <dd className="text-soft">{withCode(field.about)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Type({ field: { type, names } }: { field: Field }) {
  const [name] = names;
  if (!name) return type;
  const [before = "", after = ""] = type.split(name, 2);
  return (
    <>
      {before}
      <a href={`#schema-${name}`} className="text-hazel underline">
        {name}
      </a>
      {after}
    </>
  );
}

/** What stands between backquotes is shown as code. */
export const withCode = (text: string) =>
  text.split("`").map((part, at) =>
    at % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: The parts of a text do not move.
      <code key={at} className="break-words text-[0.8125rem]">
        {part}
      </code>
    ) : (
      part
    ),
  );
