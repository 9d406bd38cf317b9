/** @type {import("next").NextConfig} */
const config = {
  output: "standalone",
  poweredByHeader: false,
  reactStrictMode: true,
  // Once in the function's zip, not once a chunk.
  serverExternalPackages: [
    "@aws-sdk/client-dynamodb",
    "@aws-sdk/client-lambda",
    "@aws-sdk/client-s3",
    "@aws-sdk/client-scheduler",
    "@aws-sdk/client-sfn",
    "@aws-sdk/client-sqs",
    "@aws-sdk/lib-dynamodb",
    "@aws-sdk/s3-request-presigner",
    "electrodb",
  ],
  images: { unoptimized: true },
  // Titles and link previews stand in the head from the first byte on, for every program that reads a page.
  htmlLimitedBots: /.*/,
  // `npm run verify` checks the types, of tests too; once is enough.
  typescript: { ignoreBuildErrors: true },
};

export default config;
