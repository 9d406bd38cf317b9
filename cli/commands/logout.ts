import { forgetKey } from "../config.ts";
import { answer, type Program } from "../program.ts";
import { currentSite } from "../site.ts";

export async function run(program: Program): Promise<void> {
  const { origin } = await currentSite(program);
  const signedOut = await forgetKey(program.env, origin);
  answer(program, { site: origin, signedOut }, () =>
    signedOut ? `Signed out of ${origin}.` : `Nobody was signed in to ${origin}.`,
  );
}
