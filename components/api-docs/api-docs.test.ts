import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { openApiDocument } from "#lib/api/openapi.ts";
import { type ApiDocument, answerOf, bodyOf, fieldOf, fieldsOf, operationsOf } from "./document.ts";
import { curlOf, exampleOf } from "./example.ts";

// Guarantee: the page is given the same document as a file.
const document = openApiDocument() as unknown as ApiDocument;

test("each example of a body and of a path's names is one that the operation takes", () => {
  const ajv = new Ajv2020({ strict: false });
  for (const operation of operationsOf(document)) {
    const body = bodyOf(operation);
    if (body) assert.ok(ajv.validate(body, exampleOf(body)), `${operation.operationId}: ${ajv.errorsText()}`);
    for (const { name, schema, required } of operation.parameters ?? [])
      if (required) assert.ok(ajv.validate(schema, exampleOf(schema, name)), `${operation.operationId} ${name}`);
    assert.doesNotMatch(curlOf(operation), /undefined|\{\w+\}|\[object/);
  }
});

test("every operation has an answer, and every schema that is spoken of is there", () => {
  for (const operation of operationsOf(document)) {
    const answer = answerOf(operation);
    assert.ok(answer, operation.operationId);
    const fields = [...fieldsOf(answer.schema), fieldOf("", answer.schema, true)];
    for (const name of fields.flatMap(({ names }) => names)) assert.ok(document.components.schemas[name], name);
  }
});

test("fields within others are named by their way, and say what they are held to", () => {
  const schema = {
    type: "object",
    required: ["files"],
    properties: {
      files: {
        type: "array",
        maxItems: 500,
        items: { type: "object", required: ["size"], properties: { size: { type: "integer", minimum: 1 } } },
      },
      state: { enum: ["open", "closed"] },
      owner: { $ref: "#/components/schemas/Owner" },
    },
  };
  assert.deepEqual(fieldsOf(schema), [
    { name: "files", type: "object[]", names: [], required: true, about: "At most 500 entries." },
    { name: "files[].size", type: "integer", names: [], required: true, about: "From 1." },
    { name: "state", type: '"open" | "closed"', names: [], required: false, about: "" },
    { name: "owner", type: "Owner", names: ["Owner"], required: false, about: "" },
  ]);
});
