import { type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";

export type FieldControlProps = {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
};

export type FieldProps = {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  /** Said in the label's line, for example "optional". */
  aside?: ReactNode;
  className?: string;
  /** Draws the control with the ids that tie it to its label, hint and error. */
  children: (control: FieldControlProps) => ReactNode;
};

export function Field({ label, hint, error, aside, className, children }: FieldProps) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  const describedBy = [errorId, hintId].filter(Boolean).join(" ") || undefined;
  return (
    <div className={classNames("flex flex-col gap-1.5", className)}>
      <div className="flex items-baseline justify-between gap-3 text-sm">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {aside ? <span className="text-[0.8125rem] text-faint">{aside}</span> : null}
      </div>
      {children({ id, "aria-describedby": describedBy, "aria-invalid": error ? true : undefined })}
      {error ? (
        <p id={errorId} role="alert" className="text-[0.8125rem] text-bad">
          {error}
        </p>
      ) : null}
      {hint ? (
        <p id={hintId} className="text-[0.8125rem] text-faint">
          {hint}
        </p>
      ) : null}
    </div>
  );
}
