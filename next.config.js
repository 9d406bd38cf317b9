/** @type {import("next").NextConfig} */
const config = {
  output: "standalone",
  poweredByHeader: false,
  reactStrictMode: true,
  // Once in the function's zip, beside the S3 client that Next.js leaves out of its chunks anyway, not once a chunk.
  serverExternalPackages: ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb", "electrodb"],
  images: { unoptimized: true },
  // Titles and link previews stand in the head from the first byte on, for every program that reads a page.
  htmlLimitedBots: /.*/,
  // `npm run verify` checks the types, of tests too; once is enough.
  typescript: { ignoreBuildErrors: true },
};

export default config;
