"use client";
import { LogOut, Settings } from "lucide-react";
import { startTransition, useState } from "react";
import { Confirm } from "#components/ui/confirm.tsx";
import { IconButton } from "#components/ui/icon-button.tsx";
import { Menu, MenuItem, MenuPage, MenuSeparator } from "#components/ui/menu.tsx";
import type { Theme } from "#components/ui/theme.ts";
import { ThemeItems, useTheme } from "#components/ui/theme-items.tsx";
import { endUploads } from "#components/upload/upload-store.ts";
import { isUnfinished, useUploads } from "#components/upload/use-uploads.ts";
import { initialsOf } from "./initials.ts";

export type AccountMenuProps = { memberName: string; signOut: () => Promise<void>; theme: Theme };

/** Who is signed in, and what is theirs: settings, theme, signing out. */
export function AccountMenu({ memberName, signOut, theme: initial }: AccountMenuProps) {
  const [asking, setAsking] = useState(false);
  const [theme, chooseTheme] = useTheme(initial);
  const unfinished = useUploads().transfers.some(isUnfinished);
  const leave = () =>
    startTransition(async () => {
      endUploads();
      await signOut();
    });
  return (
    <>
      <Menu
        trigger={
          <IconButton
            label={`Account of ${memberName}`}
            className="!rounded-full bg-hazel-wash font-semibold text-[0.8125rem] !text-hazel"
            // Drawn and not written: what is written on a button has to be part of its name.
            icon={
              <span
                aria-hidden
                data-initials={initialsOf(memberName)}
                className="before:content-[attr(data-initials)]"
              />
            }
          />
        }
      >
        <p className="max-w-64 truncate px-2.5 pt-1.5 pb-2 font-medium text-sm">
          <bdi>{memberName}</bdi>
        </p>
        <MenuSeparator />
        <MenuPage icon={<Settings />} href="/settings">
          Settings
        </MenuPage>
        <MenuSeparator />
        <ThemeItems theme={theme} choose={chooseTheme} />
        <MenuSeparator />
        <MenuItem icon={<LogOut />} onSelect={() => (unfinished ? setAsking(true) : leave())}>
          Sign out
        </MenuItem>
      </Menu>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Sign out in the middle of sending?"
        confirmLabel="Stop and sign out"
        cancelLabel="Go on sending"
        onConfirm={leave}
      >
        What has not arrived yet is not sent. Files that have arrived stay in their transfer.
      </Confirm>
    </>
  );
}
