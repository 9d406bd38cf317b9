/** The program interface, behind API Gateway. */
export { serve as handler } from "#lib/api/serve.ts";
