/** `npm run infra:resources [-- --json] [-- --stage NAME]`: everything that a deployment would make, without making it. */
import { parseArgs } from "node:util";
import { evaluate } from "./evaluate.ts";
import { priceAtRest, priceOf, priceOfAnother } from "./rest-prices.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, stage: { type: "string", default: "dev" } },
});
const { resources } = await evaluate(values.stage);
const { lines, usd, computeUsd } = priceAtRest(resources);
const sum = `a month at rest costs $${usd.toFixed(3)}, of which compute that waits for calls $${computeUsd.toFixed(2)}; a second stage in the same account $${priceOfAnother(resources).toFixed(3)}.`;
if (values.json) {
  const priced = resources.map((resource) => ({ ...resource, atRest: priceOf(resource.type) }));
  console.log(JSON.stringify(priced, null, 2));
  console.error(`${resources.length} resources; ${sum}`);
} else {
  for (const { type, count, usd, why } of lines) {
    console.log(`${String(count).padStart(3)}  ${type.padEnd(82)} $${usd.toFixed(3)}  ${why}`);
  }
  console.log(`${resources.length} resources; ${sum}`);
}
