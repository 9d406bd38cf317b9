import { z } from "zod";
import { OptionalEmail } from "../deliveries/address.schema.ts";

/** The input of a sign-in; names are requested only by the first sign-in. */
export const RedeemSignIn = z.object({
  token: z.string().max(200),
  name: z.string().trim().max(100, "A name has at most 100 characters.").default(""),
  workspaceName: z.string().trim().max(100, "A name has at most 100 characters.").default(""),
});
export type RedeemSignIn = z.input<typeof RedeemSignIn>;

/** Without an id: all sessions except the current one. */
export const EndSessions = z.object({ id: z.string().max(50).optional() });
export type EndSessions = z.infer<typeof EndSessions>;

/** A member's address for notices; empty for none. */
export const NoticeAddress = z.object({ email: OptionalEmail });
export type NoticeAddress = z.infer<typeof NoticeAddress>;

/** A member's profile; recipients see the name. */
export const Profile = NoticeAddress.extend({
  name: z
    .string()
    .trim()
    .min(1, "Recipients need a name to know you by.")
    .max(100, "A name has at most 100 characters."),
  /** Whether recipients see the address, so that they can reply. */
  replies: z.boolean().default(false),
});
export type Profile = z.infer<typeof Profile>;
export type EditProfile = z.input<typeof Profile>;
