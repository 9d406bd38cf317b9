/** Choices of a form, any number of which may be taken; the first `checked` of them are at first. */
export function Checkboxes({
  legend,
  choices,
  checked,
  error,
}: {
  legend: string;
  choices: readonly (readonly [name: string, label: string])[];
  checked: number;
  error?: string | undefined;
}) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium text-sm">{legend}</legend>
      {choices.map(([name, label], at) => (
        <label key={name} className="flex cursor-pointer items-start gap-3 text-sm">
          <input
            type="checkbox"
            name={name}
            defaultChecked={at < checked}
            className="mt-0.5 size-4 shrink-0 accent-hazel"
          />
          <span>
            {label} <code className="block text-faint text-xs">{name}</code>
          </span>
        </label>
      ))}
      {error ? (
        <p role="alert" className="text-[0.8125rem] text-bad">
          {error}
        </p>
      ) : null}
    </fieldset>
  );
}
