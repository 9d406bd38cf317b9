"use client";
import { UserPlus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { DeliveryView } from "#lib/deliveries/delivery.schema.ts";
import { obtainable } from "#lib/kernel/file-numbers.ts";
import { formatCount } from "#lib/kernel/format.ts";
import type { Result } from "#lib/kernel/result.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import { AddRecipients } from "./add-recipients.tsx";
import type { DeliveryActions } from "./delivery-actions.ts";
import { DeliveryRow } from "./delivery-row.tsx";
import { useRefreshing } from "./use-refreshing.ts";

export type DeliveriesProps = {
  transfer: TransferView;
  deliveries: DeliveryView[];
  /** None for people who may only look, and for transfers that have ended. */
  actions: DeliveryActions | undefined;
};

/** Who a transfer was sent to, and how far each of them has come. */
export function Deliveries({ transfer, deliveries, actions }: DeliveriesProps) {
  const router = useRouter();
  const toast = useToast();
  const [adding, setAdding] = useState(false);
  const sent = transfer.state === "sealed" || transfer.state === "ready";
  useRefreshing(
    sent && deliveries.some(({ state, problem, revokedAt }) => state === "waiting" && !problem && !revokedAt),
  );
  if (deliveries.length === 0 && !actions) return null;

  async function tell(call: Promise<Result<DeliveryView>>, done: string): Promise<void> {
    const result = await call;
    toast(result.ok ? { title: done } : { title: result.error.message, tone: "bad" });
    router.refresh();
  }
  const callsFor = ({ id, email }: DeliveryView) => {
    const ref = { transferId: transfer.id, id };
    return actions
      ? {
          resend: () => tell(actions.resendDelivery(ref), sent ? `Mailing ${email} again` : `${email} will be mailed`),
          revoke: () => tell(actions.revokeDelivery(ref), `The link of ${email} is closed`),
        }
      : undefined;
  };
  const collected = deliveries.filter(({ downloadedAt }) => downloadedAt).length;

  return (
    <section aria-labelledby="recipients" className="rounded-card border border-line bg-surface">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
        <h2 id="recipients" className="font-semibold">
          Recipients
        </h2>
        {deliveries.length > 0 ? (
          <p className="tnum text-[0.8125rem] text-soft">
            {collected} of {formatCount(deliveries.length, "recipient")} downloaded
          </p>
        ) : null}
        {actions && !adding ? (
          <Button
            size="sm"
            className="ml-auto"
            icon={<UserPlus className="size-4" aria-hidden />}
            onClick={() => setAdding(true)}
          >
            Add recipients
          </Button>
        ) : null}
      </div>
      {adding && actions ? (
        <AddRecipients transferId={transfer.id} add={actions.addDeliveries} close={() => setAdding(false)} />
      ) : null}
      {deliveries.length > 0 ? (
        <ul className="divide-y divide-line border-line border-t">
          {deliveries.map((delivery) => (
            <DeliveryRow
              key={delivery.id}
              delivery={delivery}
              whole={obtainable(transfer.numbers)}
              calls={callsFor(delivery)}
            />
          ))}
        </ul>
      ) : adding ? null : (
        <p className="border-line border-t px-4 py-4 text-soft text-sm">
          Nobody is named. Each recipient gets a mail and a link of their own, so that you see who has downloaded what.
        </p>
      )}
    </section>
  );
}
