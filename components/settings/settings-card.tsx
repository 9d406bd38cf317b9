import { type FormEvent, type ReactNode, useId } from "react";
import { Button } from "#components/ui/button.tsx";

export type SettingsCardProps = {
  title: string;
  about: ReactNode;
  /** Absent for who may only look: then a sentence says who can. */
  onSave: ((data: FormData) => void) | undefined;
  busy: boolean;
  error: string | undefined;
  children: ReactNode;
};

/** One form of the settings page: a heading, what it is about, the fields and the button that saves them. */
export function SettingsCard({ title, about, onSave, busy, error, children }: SettingsCardProps) {
  const id = useId();
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    onSave?.(new FormData(event.currentTarget));
  }
  return (
    <form
      onSubmit={submit}
      noValidate
      aria-labelledby={id}
      className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6"
    >
      <h2 id={id} className="font-semibold text-lg">
        {title}
      </h2>
      <p className="mt-1 text-sm text-soft">{about}</p>
      <div className="mt-5 grid gap-4 sm:grid-cols-2">{children}</div>
      {error ? (
        <p role="alert" className="mt-4 text-bad text-sm">
          {error}
        </p>
      ) : null}
      {onSave ? (
        <div className="mt-5 flex justify-end">
          <Button type="submit" variant="primary" busy={busy}>
            Save
          </Button>
        </div>
      ) : (
        <p className="mt-4 text-sm text-soft">Owners and admins can change them.</p>
      )}
    </form>
  );
}
