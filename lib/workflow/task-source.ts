import { SourceGone, type UrlSource, urlSource } from "#lib/inspection/url-source.ts";
import { currentMeter } from "#lib/metering/meter.ts";
import type { TaskFile } from "./task.schema.ts";
import type { TaskClient } from "./task-client.ts";

/** A file of a task, read by its signed URL. When the URL has expired, the broker is asked for another one. */
export function taskSource({ call }: Pick<TaskClient, "call">, { ordinal, size, url }: TaskFile): UrlSource {
  if (!url) throw new Error(`There is nothing to do with file ${ordinal}.`);
  return urlSource(url, size, {
    async renew() {
      const answer = await call({ do: "url", ordinal });
      if (!answer) throw new SourceGone("The file was taken out of its transfer.");
      return answer.url;
    },
    onRequest: () => currentMeter()?.count("s3", "GetObject", { requests: 1 }),
  });
}
