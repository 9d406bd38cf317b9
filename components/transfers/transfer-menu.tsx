"use client";
import { CalendarClock, EllipsisVertical, ExternalLink, Link2, Pencil, RefreshCw, Trash2, Undo2 } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Confirm } from "#components/ui/confirm.tsx";
import { copyText, toAbsolute } from "#components/ui/copy-button.tsx";
import { IconButton } from "#components/ui/icon-button.tsx";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "#components/ui/menu.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import { EditDialog } from "./edit-dialog.tsx";
import { ExtendDialog } from "./extend-dialog.tsx";
import type { TransferActions } from "./transfer-actions.ts";
import { nameOf } from "./transfer-name.ts";
import { useTransferActions } from "./use-transfer-actions.ts";

export type TransferMenuProps = {
  transfer: TransferView;
  actions: TransferActions;
  /** Whether what is deleted can be restored; where not, it is asked about. */
  keepsDeleted: boolean;
  prominent?: boolean;
};

type Asking = "edit" | "extend" | "renew" | "remove" | "purge";

/** What can be done with a transfer; `prominent` shows the commonest of it as buttons. */
export function TransferMenu({ transfer, actions, keepsDeleted, prominent = false }: TransferMenuProps) {
  const calls = useTransferActions(transfer, actions);
  const toast = useToast();
  const [asking, setAsking] = useState<Asking>();
  const menu = useRef<HTMLButtonElement>(null);
  const [busy, setBusy] = useState(false);
  const close = () => setAsking(undefined);
  const name = nameOf(transfer);
  const { id, state } = transfer;
  const deleted = state === "deleted";
  if (transfer.purged || (deleted && !transfer.restorableUntil)) return null;

  /** Does what a question asked about; the dialog stays until it is done. */
  const confirm = async (work: Promise<unknown>) => {
    setBusy(true);
    await work;
    setBusy(false);
    close();
  };
  const copy = async () => {
    const copied = await copyText(toAbsolute(transfer.link));
    toast({ title: copied ? "Link copied" : "The browser did not allow copying" });
  };

  return (
    <>
      {deleted ? (
        <Button
          size={prominent ? "md" : "sm"}
          icon={<Undo2 className="size-4" aria-hidden />}
          aria-label={`Restore ${name}`}
          // The button goes when it has worked, and the focus with it.
          onClick={() => void calls.restore().then(() => menu.current?.focus())}
        >
          Restore
        </Button>
      ) : null}
      {prominent && !deleted ? (
        <>
          <Button icon={<Pencil className="size-4" aria-hidden />} onClick={() => setAsking("edit")}>
            Edit
          </Button>
          <Button icon={<CalendarClock className="size-4" aria-hidden />} onClick={() => setAsking("extend")}>
            Change expiry
          </Button>
        </>
      ) : null}
      <Menu trigger={<IconButton ref={menu} label={`Actions for ${name}`} icon={<EllipsisVertical aria-hidden />} />}>
        {deleted ? (
          <>
            <MenuItem icon={<Undo2 />} onSelect={() => void calls.restore()}>
              Restore
            </MenuItem>
            <MenuItem icon={<Trash2 />} tone="bad" onSelect={() => setAsking("purge")}>
              Delete for good
            </MenuItem>
          </>
        ) : (
          <>
            {state === "expired" ? null : (
              <>
                <MenuItem icon={<Link2 />} onSelect={() => void copy()}>
                  Copy link
                </MenuItem>
                <MenuLink icon={<ExternalLink />} href={transfer.link}>
                  See what recipients see
                </MenuLink>
              </>
            )}
            <MenuItem icon={<Pencil />} onSelect={() => setAsking("edit")}>
              Edit
            </MenuItem>
            <MenuItem icon={<CalendarClock />} onSelect={() => setAsking("extend")}>
              Change expiry
            </MenuItem>
            <MenuItem icon={<RefreshCw />} onSelect={() => setAsking("renew")}>
              Replace link
            </MenuItem>
            <MenuSeparator />
            <MenuItem
              icon={<Trash2 />}
              tone="bad"
              onSelect={() => (keepsDeleted ? void calls.remove() : setAsking("remove"))}
            >
              Delete
            </MenuItem>
          </>
        )}
      </Menu>
      <EditDialog
        transfer={transfer}
        edit={actions.editTransfer}
        run={calls.run}
        open={asking === "edit"}
        onClose={close}
      />
      <ExtendDialog
        transfer={transfer}
        extend={actions.extendTransfer}
        run={calls.run}
        open={asking === "extend"}
        onClose={close}
      />
      <Confirm
        open={asking === "renew"}
        onOpenChange={(open) => !open && close()}
        title="Replace the link?"
        confirmLabel="Replace link"
        cancelLabel="Cancel"
        busy={busy}
        onConfirm={() =>
          void confirm(calls.tell(actions.renewLink({ id }), "The link is replaced; the old one is closed"))
        }
      >
        A new link is made and the present one stops working at once. Everyone who has it will be told that it was
        replaced, and needs the new one from you. The files stay as they are.
      </Confirm>
      <Confirm
        open={asking === "remove"}
        onOpenChange={(open) => !open && close()}
        title="Delete it for good?"
        confirmLabel="Delete for good"
        busy={busy}
        onConfirm={() => void confirm(calls.remove())}
      >
        The link of {name} closes at once. There is no trash here, so nobody can bring its files back.
      </Confirm>
      <Confirm
        open={asking === "purge"}
        onOpenChange={(open) => !open && close()}
        title="Delete it for good?"
        confirmLabel="Delete for good"
        busy={busy}
        onConfirm={() => void confirm(calls.purge())}
      >
        Nobody can bring the files of {name} back afterwards.
      </Confirm>
    </>
  );
}
