"use client";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import { DOWNLOAD_LIMITS } from "#lib/kernel/choices.ts";

const labelOf = (times: number): string =>
  times === 0 ? "any number" : times === 1 ? "once" : `${times.toLocaleString("en")} times`;

/** How often each file may be downloaded, as `downloadLimit` of the form that it is in. */
export function LimitField({ value = 0 }: { value?: number }) {
  const choices = [...new Set<number>([...DOWNLOAD_LIMITS, value])].sort((a, b) => a - b);
  const options = choices.map((times) => ({ value: times, label: labelOf(times) }));
  return (
    <Field label="Downloads" aside="of each file">
      {(control) => <Select {...control} name="downloadLimit" options={options} defaultValue={value} />}
    </Field>
  );
}
