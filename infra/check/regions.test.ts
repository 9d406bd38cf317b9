import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { REGIONS } from "../deploy/regions.ts";
import { PROJECT } from "./evaluate.ts";
import { requirePlatform } from "./platform.ts";

test("a deployment may begin in the regions that SST's site takes, and in no other", async () => {
  const components = join(await requirePlatform(PROJECT), "src", "components", "aws");
  const site = readFileSync(join(components, "ssr-site.ts"), "utf8");
  const [, known = ""] = /const supportedRegions = \{([\s\S]*?)\n\};/.exec(site) ?? [];
  const [, refused = ""] =
    /function normalizeRegions\(\)[\s\S]*?if \(\s*\[([\s\S]*?)\]\.includes\(region\)/.exec(site) ?? [];
  const regions = (text: string): string[] => text.match(/[a-z]{2}(-gov)?-[a-z]+-\d/g) ?? [];
  assert.ok(regions(known).length > 20 && regions(refused).length > 3, "the component is written otherwise by now");
  // No CloudFront or no Lambda at the edge: China, the government's, and what the AWS provider's own list lacks.
  const provider = readFileSync(
    join(await requirePlatform(PROJECT), "node_modules", "@pulumi", "aws", "types", "enums", "index.d.ts"),
    "utf8",
  );
  const taken = regions(known).filter(
    (region) => !/^(cn|us-gov)-/.test(region) && !regions(refused).includes(region) && provider.includes(`"${region}"`),
  );
  assert.deepEqual([...REGIONS].sort(), taken.sort());
});
