import { z } from "zod";
import { OptionalEmail } from "../deliveries/address.schema.ts";

/** What the person behind a sign-in link says; the names are asked for by the first sign-in alone. */
export const RedeemSignIn = z.object({
  token: z.string().max(200),
  name: z.string().trim().max(100, "A name has at most 100 characters.").default(""),
  workspaceName: z.string().trim().max(100, "A name has at most 100 characters.").default(""),
});
export type RedeemSignIn = z.input<typeof RedeemSignIn>;

/** Where a member wants to be told; empty for nowhere. */
export const NoticeAddress = z.object({ email: OptionalEmail });
export type NoticeAddress = z.infer<typeof NoticeAddress>;
