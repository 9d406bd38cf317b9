"use client";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { Result } from "#lib/kernel/result.ts";
import type { Profile } from "#lib/members/member.schema.ts";
import { SettingsCard } from "./settings-card.tsx";
import { useSaving } from "./use-saving.ts";

export type ProfileFormProps = { profile: Profile; editProfile: (input: Profile) => Promise<Result<Profile>> };

/** The signed-in person: what they are called, and where they are told of what happens. */
export function ProfileForm({ profile, editProfile }: ProfileFormProps) {
  const { busy, errors, save } = useSaving(["name", "email"]);
  const submit = (data: FormData) => {
    const given = { name: String(data.get("name") ?? ""), email: String(data.get("email") ?? "") };
    void save(() => editProfile(given), "Saved");
  };
  return (
    <SettingsCard
      title="You"
      about="Recipients read your name. What you have sent keeps the name that it was sent under."
      onSave={submit}
      busy={busy}
      error={errors.form}
    >
      <Field label="Name" error={errors.name}>
        {(control) => <Input {...control} name="name" autoComplete="name" defaultValue={profile.name} />}
      </Field>
      <Field
        label="E-mail address"
        aside="optional"
        hint="You are told here of first downloads, of transfers that are about to expire, and of mail that could not be delivered. Answers of recipients go here, too."
        error={errors.email}
      >
        {(control) => (
          <Input {...control} type="email" name="email" autoComplete="email" defaultValue={profile.email} />
        )}
      </Field>
    </SettingsCard>
  );
}
