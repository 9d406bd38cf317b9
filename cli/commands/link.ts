import { answer, type Program } from "../program.ts";
import { signedIn } from "../site.ts";
import type { Given } from "../table.ts";

export async function run(program: Program, { arguments: [id = ""], options }: Given<"link">): Promise<void> {
  const { client, site } = await signedIn(program);
  const { link } = options.renew ? await client.renewLink({ id }) : await client.getTransfer({ id });
  const url = new URL(link, site.origin).href;
  answer(program, { id, link: url }, () => url);
}
