import { Resource } from "sst/resource";

declare module "sst/resource" {
  interface Resource {
    Table: { name: string };
    Uploads: { name: string };
    LinkSecret: { value: string };
  }
}

/** Names and secrets of what is deployed, from SST's links: the same variables locally and on AWS. */
export const resources = {
  get table(): string {
    return Resource.Table.name;
  },
  get uploads(): string {
    return Resource.Uploads.name;
  },
  get linkSecret(): string {
    return Resource.LinkSecret.value;
  },
};
