import { z } from "zod";
import { KEY_SCOPES, type KeyScope } from "../kernel/ctx.ts";

export const StartDeviceLogin = z.object({
  program: z.string().trim().min(1, "A program needs a name.").max(80, "A program's name has at most 80 characters."),
  scopes: z.array(z.enum(KEY_SCOPES)).min(1, "A program without a scope can do nothing."),
});
export type StartDeviceLogin = z.infer<typeof StartDeviceLogin>;

/** `deviceCode` is the program's secret, `userCode` what a person types at `path`. `expiresIn` and `interval` in seconds. */
export type StartedDeviceLogin = {
  deviceCode: string;
  userCode: string;
  path: string;
  expiresIn: number;
  interval: number;
};

/** As a person types it: in capitals or not, with or without the hyphen. */
export const UserCode = z
  .string()
  .max(40)
  .transform((typed) => typed.toUpperCase().replace(/[^A-Z]/g, ""))
  .pipe(z.string().length(8, "A code has eight letters."));
export const DeviceLoginRef = z.object({ userCode: UserCode });
export type DeviceLoginRef = z.input<typeof DeviceLoginRef>;

export const DecideDeviceLogin = z.object({ userCode: UserCode, decision: z.enum(["approved", "refused"]) });
export type DecideDeviceLogin = z.input<typeof DecideDeviceLogin>;

export const PollDeviceLogin = z.object({ deviceCode: z.string().max(100) });
export type PollDeviceLogin = z.infer<typeof PollDeviceLogin>;

/** What a member decides about. `userCode` as it is shown: `BCDF-GHJK`. */
export type DeviceLoginView = { userCode: string; program: string; scopes: readonly KeyScope[] };
