/** `npm run infra:resources [-- --json] [-- --stage NAME]`: everything that a deployment would make, without making it. */
import { parseArgs } from "node:util";
import { evaluate } from "./evaluate.ts";
import { priceAtRest } from "./rest-prices.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, stage: { type: "string", default: "dev" } },
});
const { resources } = await evaluate(values.stage);
if (values.json) console.log(JSON.stringify(resources, null, 2));
else {
  const { lines, usd } = priceAtRest(resources);
  for (const { type, count, usd, why } of lines) {
    console.log(`${String(count).padStart(3)}  ${type.padEnd(82)} $${usd.toFixed(3)}  ${why}`);
  }
  console.log(`${resources.length} resources; a month at rest costs $${usd.toFixed(3)}.`);
}
