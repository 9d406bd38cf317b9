/** For whom a key acts. */
import * as z from "zod";
import { NotSignedIn } from "#lib/kernel/errors.ts";
import { CallerAnswer } from "../answer.schema.ts";
import { type Operation, operation } from "../operation.ts";

export const callerOperations = {
  getCaller: operation({
    method: "GET",
    path: "/v1/me",
    tag: "Caller",
    summary: "For whom the key acts, and how far it reaches",
    input: z.object({}),
    answer: CallerAnswer,
    async run({ actor }) {
      if (actor.kind !== "member") throw new NotSignedIn();
      const { workspaceId, memberId, name, role, key } = actor;
      return { workspaceId, memberId, name, role, scopes: [...(key?.scopes ?? [])] };
    },
  }),
} satisfies Record<string, Operation>;
