import type { OpenNextConfig } from "@opennextjs/aws/types/open-next.js";

export default {
  default: { override: { wrapper: "aws-lambda-streaming", converter: "aws-apigw-v2" } },
  // Pictures are shown as they are (next.config.js): the optimiser's libraries need not be fetched at each build.
  imageOptimization: { install: { packages: [], additionalArgs: "--offline" } },
  buildCommand: "next build",
  dangerous: { disableIncrementalCache: true, disableTagCache: true },
} satisfies OpenNextConfig;
