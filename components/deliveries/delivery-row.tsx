"use client";
import { EllipsisVertical, Link2, Link2Off, Send } from "lucide-react";
import { useState } from "react";
import { Badge } from "#components/ui/badge.tsx";
import { Confirm } from "#components/ui/confirm.tsx";
import { copyText, toAbsolute } from "#components/ui/copy-button.tsx";
import { IconButton } from "#components/ui/icon-button.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import { Menu, MenuItem, MenuSeparator } from "#components/ui/menu.tsx";
import { Progress } from "#components/ui/progress.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { DeliveryView } from "#lib/deliveries/delivery.schema.ts";
import { type Amount, percentOf } from "#lib/kernel/file-numbers.ts";
import { coverageOf, deliveryBadge } from "./delivery-state.ts";

export type DeliveryRowProps = {
  delivery: DeliveryView;
  /** What can be had of the transfer, or will be. */
  whole: Amount;
  /** None for people who may only look, and for transfers that have ended. */
  calls: { resend: () => Promise<void>; revoke: () => Promise<void> } | undefined;
};

/** One recipient: how far they have come, how much they have, and what can be done. */
export function DeliveryRow({ delivery, whole, calls }: DeliveryRowProps) {
  const { email, name, problem, state, revokedAt } = delivery;
  const { label, tone } = deliveryBadge(delivery);
  return (
    <li className="flex items-start gap-2 px-4 py-3">
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <bdi className="font-medium [overflow-wrap:anywhere]">{name ?? email}</bdi>
          {name ? <bdi className="text-[0.8125rem] text-soft [overflow-wrap:anywhere]">{email}</bdi> : null}
          <Badge tone={tone}>{label}</Badge>
        </div>
        <p className="tnum mt-0.5 flex flex-wrap gap-x-3 text-[0.8125rem] text-soft">
          <Times delivery={delivery} />
          {delivery.files > 0 ? <span>has {coverageOf(delivery, whole)}</span> : null}
        </p>
        {delivery.files > 0 ? (
          <Progress
            size="sm"
            tone="good"
            className="mt-1.5 max-w-56"
            value={percentOf(delivery, whole) / 100}
            label={`What ${name ?? email} has`}
            valueText={coverageOf(delivery, whole)}
          />
        ) : null}
        {problem && !revokedAt ? (
          <p className={state === "bounced" ? "mt-1 text-[0.8125rem] text-bad" : "mt-1 text-[0.8125rem] text-soft"}>
            {problem}
          </p>
        ) : null}
      </div>
      {calls ? <Actions delivery={delivery} calls={calls} /> : null}
    </li>
  );
}

function Times({ delivery }: { delivery: DeliveryView }) {
  const { mailedAt, openedAt, downloadedAt, lastDownloadAt, state, revokedAt } = delivery;
  if (!mailedAt && !openedAt && !downloadedAt) {
    return state === "waiting" && !revokedAt ? <span>is mailed when all files are there and checked</span> : null;
  }
  return (
    <>
      {mailedAt ? (
        <span>
          mailed <LocalTime iso={mailedAt} />
        </span>
      ) : null}
      {openedAt && !downloadedAt ? (
        <span>
          opened <LocalTime iso={openedAt} />
        </span>
      ) : null}
      {downloadedAt ? (
        <span>
          downloaded <LocalTime iso={lastDownloadAt ?? downloadedAt} />
        </span>
      ) : null}
    </>
  );
}

function Actions({ delivery, calls }: { delivery: DeliveryView; calls: NonNullable<DeliveryRowProps["calls"]> }) {
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const called = delivery.name ?? delivery.email;
  const closed = delivery.revokedAt !== undefined;

  async function copy() {
    const copied = await copyText(toAbsolute(delivery.link));
    toast({ title: copied ? `Link of ${called} copied` : "The browser did not allow copying" });
  }
  async function revoke() {
    setBusy(true);
    await calls.revoke();
    setBusy(false);
    setAsking(false);
  }

  return (
    <>
      <Menu trigger={<IconButton label={`Actions for ${called}`} icon={<EllipsisVertical aria-hidden />} size="sm" />}>
        {closed ? null : (
          <MenuItem icon={<Link2 />} onSelect={() => void copy()}>
            Copy personal link
          </MenuItem>
        )}
        <MenuItem icon={<Send />} onSelect={() => void calls.resend()}>
          {closed ? "Open the link and mail again" : "Mail again"}
        </MenuItem>
        {closed ? null : (
          <>
            <MenuSeparator />
            <MenuItem icon={<Link2Off />} tone="bad" onSelect={() => setAsking(true)}>
              Close personal link
            </MenuItem>
          </>
        )}
      </Menu>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Close the link of ${called}?`}
        confirmLabel="Close link"
        cancelLabel="Keep it open"
        busy={busy}
        onConfirm={() => void revoke()}
      >
        The personal link stops working at once. What has been downloaded stays where it is, and the transfer’s own link
        and those of others stay open. Mailing again opens it anew.
      </Confirm>
    </>
  );
}
