import { z } from "zod";
import { KEY_SCOPES, type KeyScope } from "../kernel/ctx.ts";

export const CreateApiKey = z.object({
  name: z
    .string()
    .trim()
    .min(1, "A key needs a name, to know it again by.")
    .max(100, "A name has at most 100 characters."),
  scopes: z
    .array(z.enum(KEY_SCOPES))
    .min(1, "A key without a scope can do nothing.")
    .transform((scopes) => KEY_SCOPES.filter((scope) => scopes.includes(scope))),
  /** After how many days it ends; never where nothing is said. */
  expiryDays: z
    .number()
    .int("A key lives for whole days.")
    .min(1, "A key lives for at least a day.")
    .max(365, "A key that ends lives for at most 365 days.")
    .optional(),
});
export type CreateApiKey = z.input<typeof CreateApiKey>;

export const ApiKeyRef = z.object({ id: z.string().max(50) });
export type ApiKeyRef = z.infer<typeof ApiKeyRef>;

/** A key as it is shown; `id` opens nothing, and `hint` are its first characters. Times are ISO 8601 in UTC. */
export type ApiKeyView = {
  id: string;
  memberId: string;
  name: string;
  hint: string;
  scopes: readonly KeyScope[];
  createdAt: string;
  /** To the hour; absent while it was never used. */
  usedAt?: string;
  expiresAt?: string;
};
