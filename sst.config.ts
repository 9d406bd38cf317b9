/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app(input) {
    const production = input.stage === "production";
    return {
      name: "dormouse",
      home: "aws",
      // Production keeps its data and can't be removed by a slip; every other stage goes without a trace.
      protect: production,
      removal: production ? "retain" : "remove",
      providers: { aws: { defaultTags: { tags: { app: "dormouse", stage: input.stage } } } },
    };
  },
  async run() {
    await import("./infra/table.ts");
    await import("./infra/storage.ts");
    const { Web } = await import("./infra/web.ts");
    await import("./infra/alarms.ts");
    return { url: Web.url };
  },
});
