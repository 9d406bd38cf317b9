import { z } from "zod";
import { MAX_RECIPIENTS, readAddress, speakableName } from "../kernel/address.ts";

export const Email = z
  .string()
  .max(1000)
  .transform((text, context) => {
    const read = readAddress(text);
    if ("email" in read) return read.email;
    context.addIssue({ code: "custom", message: read.problem });
    return z.NEVER;
  });

/** An address, or an empty string. */
export const OptionalEmail = z
  .string()
  .max(1000)
  .transform((text, context) => {
    const read = text.trim() === "" ? { email: "" } : readAddress(text);
    if ("email" in read) return read.email;
    context.addIssue({ code: "custom", message: read.problem });
    return z.NEVER;
  });

export const Recipient = z.object({
  email: Email,
  name: z.string().transform(speakableName).optional(),
});

export const Recipients = z
  .array(Recipient)
  .max(MAX_RECIPIENTS, `A transfer has at most ${MAX_RECIPIENTS} recipients.`);
