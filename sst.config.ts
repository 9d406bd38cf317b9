/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app(input) {
    const production = input.stage === "production";
    return {
      name: "dormouse",
      home: "aws",
      version: "4.17.1",
      // Production keeps its data and can't be removed by a slip; every other stage goes without a trace, the memory of
      // its deployments included.
      protect: production,
      removal: production ? "retain" : "remove",
      state: { purge: !production },
      providers: { aws: { defaultTags: { tags: { app: "dormouse", stage: input.stage } } } },
    };
  },
  async run() {
    await import("./infra/defaults.ts");
    const { Table } = await import("./infra/table.ts");
    const { Uploads } = await import("./infra/storage.ts");
    await import("./infra/events.ts");
    await import("./infra/workflow.ts");
    const { Web } = await import("./infra/web.ts");
    const { Api } = await import("./infra/api.ts");
    await import("./infra/alarms.ts");
    return { stage: $app.stage, url: Web.url, api: Api.url, uploads: Uploads.name, table: Table.name };
  },
});
