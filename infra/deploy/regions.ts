/** Where a deployment can be: what SST's site, CloudFront and Lambda at the edge all know. */
import { CommandError } from "../local/core/command-error.ts";

/** Of a test, held against the list in SST's own component. */
export const REGIONS = [
  "af-south-1",
  "ap-east-1",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-southeast-3",
  "ap-southeast-7",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-south-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "me-south-1",
  "mx-central-1",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
];

/** Throws CommandError, with regions that are near by their names, for one that a deployment would fail in. */
export function checkRegion(region: string): void {
  if (REGIONS.includes(region)) return;
  const near = REGIONS.filter((one) => one.split("-")[0] === region.split("-")[0]);
  const instead = near.length > 0 ? near : ["us-east-1", "eu-west-1"];
  throw new CommandError(
    `Dormouse can't be deployed to ${region}: SST's site component does not know it. Export AWS_REGION as one of ${instead.join(", ")}.`,
  );
}
