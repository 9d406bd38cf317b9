/** `npm run smoke -- URL --sign-in LINK`: proves a deployment (or a Dormouse on this machine) by using it. */
import { parseArgs } from "node:util";
import { CommandError } from "#infra/local/core/command-error.ts";
import { smoke } from "./smoke.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "sign-in": { type: "string" } },
});
const [url] = positionals;
const signIn = values["sign-in"] ?? process.env.DORMOUSE_SIGN_IN;
if (!url || !URL.canParse(url) || !signIn) {
  throw new CommandError(
    "Usage: npm run smoke -- URL --sign-in LINK (or DORMOUSE_SIGN_IN)\n`npm run deploy -- --stage NAME --sign-in` prints a fresh link, `npm run -s cloud -- sign-in` one for this machine.",
  );
}
await smoke({ url, signIn, tell: (line) => console.log(line) }).catch((error: unknown) => {
  throw new CommandError(`FAILED  ${error instanceof Error ? error.message : String(error)}`);
});
console.log(`${url} does what it should.`);
