import { Entity } from "electrodb";

/** How many programs have asked to be signed in from one address within ten minutes. */
export const DeviceStartEntity = new Entity({
  model: { service: "dormouse", entity: "deviceStart", version: "1" },
  attributes: {
    /** A keyed hash of the address and the ten minutes. */
    who: { type: "string", required: true },
    count: { type: "number" },
    expires: { type: "number", required: true, field: "ttl" },
  },
  indexes: {
    byAddress: {
      pk: { field: "pk", composite: ["who"], template: "devicestart#${who}", casing: "none" },
      sk: { field: "sk", composite: [], template: "devicestart", casing: "none" },
    },
  },
});
