import { z } from "zod";
import { OptionalEmail } from "../deliveries/address.schema.ts";

/** What the person behind a sign-in link says; the names are asked for by the first sign-in alone. */
export const RedeemSignIn = z.object({
  token: z.string().max(200),
  name: z.string().trim().max(100, "A name has at most 100 characters.").default(""),
  workspaceName: z.string().trim().max(100, "A name has at most 100 characters.").default(""),
});
export type RedeemSignIn = z.input<typeof RedeemSignIn>;

/** Without an id: all sessions but the one that asks. */
export const EndSessions = z.object({ id: z.string().max(50).optional() });
export type EndSessions = z.infer<typeof EndSessions>;

/** Where a member wants to be told; empty for nowhere. */
export const NoticeAddress = z.object({ email: OptionalEmail });
export type NoticeAddress = z.infer<typeof NoticeAddress>;

/** What a member says of themselves; recipients read the name. */
export const Profile = NoticeAddress.extend({
  name: z
    .string()
    .trim()
    .min(1, "Recipients need a name to know you by.")
    .max(100, "A name has at most 100 characters."),
  /** Whether recipients are told the address, to answer to. */
  replies: z.boolean().default(false),
});
export type Profile = z.infer<typeof Profile>;
export type EditProfile = z.input<typeof Profile>;
