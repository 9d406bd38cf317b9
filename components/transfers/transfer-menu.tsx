"use client";
import { CalendarPlus, EllipsisVertical, Link2, RefreshCw, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { copyText, toAbsolute } from "#components/ui/copy-button.tsx";
import { IconButton } from "#components/ui/icon-button.tsx";
import { Menu, MenuItem, MenuSeparator } from "#components/ui/menu.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { Result } from "#lib/kernel/result.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import type { TransferActions } from "./transfer-actions.ts";

/** Days that one click adds, counted from now. */
const EXTENSION_DAYS = 7;
const UNDO_MS = 10_000;

export type TransferMenuProps = { transfer: TransferView; actions: TransferActions; name: string };

/** What can be done with a transfer. Deleting is done at once and can be taken back for ten seconds. */
export function TransferMenu({ transfer, actions, name }: TransferMenuProps) {
  const router = useRouter();
  const toast = useToast();
  const { id } = transfer;

  async function run(call: Promise<Result<TransferView>>, done: string): Promise<boolean> {
    const result = await call;
    toast(result.ok ? { title: done } : { title: result.error.message, tone: "bad" });
    router.refresh();
    return result.ok;
  }

  async function remove() {
    const result = await actions.deleteTransfer({ id });
    router.refresh();
    if (!result.ok) {
      toast({ title: result.error.message, tone: "bad" });
      return;
    }
    let restored = false;
    toast({
      title: `Deleted ${name}`,
      description: "Its link is closed.",
      timeout: UNDO_MS,
      action: {
        label: "Undo",
        onSelect: () => {
          restored = true;
          void run(actions.restoreTransfer({ id }), `${name} is back`);
        },
      },
      onClose: () => {
        if (!restored) void actions.purgeTransfer({ id }).then(() => router.refresh());
      },
    });
  }

  if (transfer.state === "deleted") {
    return transfer.purged ? null : (
      <Menu trigger={<IconButton label={`Actions for ${name}`} icon={<EllipsisVertical aria-hidden />} />}>
        <MenuItem onSelect={() => void run(actions.restoreTransfer({ id }), `${name} is back`)}>Restore</MenuItem>
        <MenuItem tone="bad" onSelect={() => void run(actions.purgeTransfer({ id }), "Its files are gone for good")}>
          Delete its files for good
        </MenuItem>
      </Menu>
    );
  }
  return (
    <Menu trigger={<IconButton label={`Actions for ${name}`} icon={<EllipsisVertical aria-hidden />} />}>
      <MenuItem
        icon={<Link2 />}
        onSelect={() =>
          void copyText(toAbsolute(transfer.link)).then((ok) =>
            toast({ title: ok ? "Link copied" : "The browser did not allow copying" }),
          )
        }
      >
        Copy link
      </MenuItem>
      <MenuItem
        icon={<CalendarPlus />}
        onSelect={() =>
          void run(
            actions.extendTransfer({ id, expiryDays: EXTENSION_DAYS }),
            `${name} now ends in ${EXTENSION_DAYS} days`,
          )
        }
      >
        Extend to {EXTENSION_DAYS} days from now
      </MenuItem>
      <MenuItem
        icon={<RefreshCw />}
        onSelect={() => void run(actions.renewLink({ id }), "The link is replaced; the old one is closed")}
      >
        Replace link
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Trash2 />} tone="bad" onSelect={() => void remove()}>
        Delete
      </MenuItem>
    </Menu>
  );
}
