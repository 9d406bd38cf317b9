/** The names of links, and of their values: `lib/adapters/resources.ts` reads them. */
export const LINKS: Record<string, string[]> = {
  Table: ["name"],
  Uploads: ["name"],
  Derived: ["name"],
  Signatures: ["name"],
  LinkKeys: ["value"],
  GrantKeys: ["value"],
  SignInKeys: ["value"],
  Workflow: ["arn"],
  FailedQueue: ["url", "arn"],
  Inspector: ["name"],
  Broker: ["name"],
  Redrive: ["uuid"],
  Webhooks: ["name", "group", "role", "target"],
  Deadlines: ["group", "role", "target"],
  Mail: ["sender"],
};
