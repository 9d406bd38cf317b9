"use client";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { EXPIRY_DAYS, LINK_PREVIEWS, type LinkPreview } from "#lib/kernel/choices.ts";
import type { Result } from "#lib/kernel/result.ts";
import type { EditWorkspace } from "#lib/workspaces/workspace.schema.ts";
import { SettingsCard } from "./settings-card.tsx";
import { useSaving } from "./use-saving.ts";

export type WorkspaceFormProps = {
  workspace: { name: string; expiryDays: number; linkPreview: LinkPreview };
  /** Absent for who may only look. */
  editWorkspace: ((input: EditWorkspace) => Promise<Result<EditWorkspace>>) | undefined;
};

const EXPIRIES = EXPIRY_DAYS.map((days) => ({ value: days, label: days === 1 ? "after 1 day" : `after ${days} days` }));
const PREVIEW_WORDS: Record<LinkPreview, string> = {
  nothing: "nothing",
  sender: "who sends",
  title: "who sends, and the title",
};
const PREVIEWS = LINK_PREVIEWS.map((value) => ({ value, label: PREVIEW_WORDS[value] }));

/** What the workspace is called, and what its senders need not say each time. */
export function WorkspaceForm({ workspace, editWorkspace }: WorkspaceFormProps) {
  const { busy, errors, save } = useSaving(["name", "expiryDays", "linkPreview"]);
  const submit = (data: FormData) => {
    const expiryDays = EXPIRY_DAYS.find((days) => days === Number(data.get("expiryDays")));
    const linkPreview = LINK_PREVIEWS.find((choice) => choice === data.get("linkPreview"));
    if (!editWorkspace || !expiryDays || !linkPreview) return;
    void save(() => editWorkspace({ name: String(data.get("name") ?? ""), expiryDays, linkPreview }), "Saved");
  };
  const disabled = editWorkspace === undefined;
  return (
    <SettingsCard
      title="Workspace"
      about="What recipients read beside the sender’s name, and what senders need not say each time."
      onSave={disabled ? undefined : submit}
      busy={busy}
      error={errors.form}
    >
      <Field label="Name" error={errors.name} className="sm:col-span-2">
        {(control) => (
          <Input
            {...control}
            name="name"
            autoComplete="organization"
            defaultValue={workspace.name}
            disabled={disabled}
          />
        )}
      </Field>
      <Field label="Transfers expire" hint="Each sender can choose otherwise." error={errors.expiryDays}>
        {(control) => (
          <Select
            {...control}
            name="expiryDays"
            options={EXPIRIES}
            defaultValue={workspace.expiryDays}
            disabled={disabled}
          />
        )}
      </Field>
      <Field
        label="Link previews say"
        hint="Chats and mail programs show a preview where a link is pasted. Applies to all links at once."
        error={errors.linkPreview}
      >
        {(control) => (
          <Select
            {...control}
            name="linkPreview"
            options={PREVIEWS}
            defaultValue={workspace.linkPreview}
            disabled={disabled}
          />
        )}
      </Field>
    </SettingsCard>
  );
}
