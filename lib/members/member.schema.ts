import { z } from "zod";

/** What the person behind a sign-in link says; the names are asked for by the first sign-in alone. */
export const RedeemSignIn = z.object({
  token: z.string().max(200),
  name: z.string().trim().max(100, "A name has at most 100 characters.").default(""),
  workspaceName: z.string().trim().max(100, "A name has at most 100 characters.").default(""),
});
export type RedeemSignIn = z.input<typeof RedeemSignIn>;
