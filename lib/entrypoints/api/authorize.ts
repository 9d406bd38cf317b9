/** The program interface's authorizer. */
export { authorize as handler } from "#lib/api/authorize.ts";
