/** Deliveries: the recipients of a transfer, each with a link of their own. */
import * as z from "zod";
import { addDeliveries } from "#lib/deliveries/add-deliveries.ts";
import { AddDeliveries, DeliveryRef } from "#lib/deliveries/delivery.schema.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { resendDelivery } from "#lib/deliveries/resend-delivery.ts";
import { revokeDelivery } from "#lib/deliveries/revoke-delivery.ts";
import { TransferRef } from "#lib/transfers/transfer.schema.ts";
import { DeliveryAnswer } from "../answer.schema.ts";
import { type Operation, operation } from "../operation.ts";

export const deliveryOperations = {
  listDeliveries: operation({
    method: "GET",
    path: "/v1/transfers/{transferId}/deliveries",
    tag: "Deliveries",
    summary: "A transfer's recipients, in the order in which they were named",
    scope: "transfers:read",
    input: z.object({ transferId: TransferRef.shape.id }),
    answer: z.strictObject({ items: z.array(DeliveryAnswer) }),
    run: async (ctx, { transferId }) => ({ items: await listDeliveries(ctx, { id: transferId }) }),
  }),

  addDeliveries: operation({
    method: "POST",
    path: "/v1/transfers/{transferId}/deliveries",
    tag: "Deliveries",
    summary: "Add recipients, who are mailed a link of their own",
    scope: "transfers:write",
    input: AddDeliveries,
    answer: z.strictObject({
      deliveries: z.array(DeliveryAnswer),
      added: z.number().int(),
      known: z.array(z.string()).describe("Who was a recipient before: they are not mailed again."),
    }),
    status: 201,
    run: addDeliveries,
  }),

  resendDelivery: operation({
    method: "POST",
    path: "/v1/transfers/{transferId}/deliveries/{id}/resend",
    tag: "Deliveries",
    summary: "Mail a recipient once more",
    scope: "transfers:write",
    input: DeliveryRef,
    answer: DeliveryAnswer,
    run: resendDelivery,
  }),

  revokeDelivery: operation({
    method: "DELETE",
    path: "/v1/transfers/{transferId}/deliveries/{id}",
    tag: "Deliveries",
    summary: "Close a recipient's personal link",
    scope: "transfers:write",
    input: DeliveryRef,
    answer: DeliveryAnswer,
    run: revokeDelivery,
  }),
} satisfies Record<string, Operation>;
