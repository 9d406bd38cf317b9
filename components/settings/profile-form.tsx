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
    const text = (name: string) => String(data.get(name) ?? "");
    const given = { name: text("name"), email: text("email"), replies: data.has("replies") };
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
        hint="You are told here of first downloads, of transfers that are about to expire, and of mail that could not be delivered."
        error={errors.email}
      >
        {(control) => (
          <Input {...control} type="email" name="email" autoComplete="email" defaultValue={profile.email} />
        )}
      </Field>
      <label className="flex cursor-pointer gap-3 sm:col-span-2">
        <input
          type="checkbox"
          name="replies"
          defaultChecked={profile.replies}
          className="mt-1 size-4 shrink-0 accent-hazel"
        />
        <span>
          <span className="block font-medium text-sm">Recipients may answer to this address</span>
          <span className="block text-[0.8125rem] text-soft">
            The mail then shows it. Otherwise it shows your name alone.
          </span>
        </span>
      </label>
    </SettingsCard>
  );
}
