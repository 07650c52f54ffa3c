// The official engine as a program: one scenario a line in, one line of answers out.
import { createInterface } from "node:readline";
import cedar from "@cedar-policy/cedar-wasm/nodejs";

const messages = answer => answer.errors.map(error => error.message);

function authorize(request, entities) {
  const answer = cedar.statefulIsAuthorized(
    { ...request, entities, preparsedPolicySetId: "set", validateRequest: false });
  if (answer.type === "failure") return { error: messages(answer) };
  const { decision, diagnostics } = answer.response;
  return { decision, reason: diagnostics.reason, errors: diagnostics.errors.map(error => error.policyId) };
}

function translate(policies, toJson) {
  return Object.fromEntries(Object.entries(policies).map(([id, policy]) => {
    const answer = toJson(policy);
    return [id, answer.type === "failure" ? { error: messages(answer) } : answer.json];
  }));
}

// Comments may move until they have found their place; what counts is where they stay.
function format(policyText) {
  for (let pass = 0; pass < 8; pass++) {
    const answer = cedar.formatPolicies({ policyText });
    if (answer.type === "failure") return { error: messages(answer) };
    if (answer.formatted_policy === policyText) return policyText;
    policyText = answer.formatted_policy;
  }
  return { error: "no layout stays" };
}

function validate(schema, policies) {
  const answer = cedar.validate({ schema, policies });
  if (answer.type === "failure") return { error: messages(answer) };
  const list = found => found.map(one => `${one.policyId}: ${one.error.message}`);
  return { errors: list(answer.validationErrors), warnings: list(answer.validationWarnings) };
}

// What one text or JSON of a policy or a schema is; which entities and requests conform to a schema.
function ask({ ask: what, policy, schema, entities, request }) {
  const verdict = answer => answer.type === "success" ? { ok: true } : { ok: false, error: messages(answer) };
  switch (what) {
    case "policy": {
      const read = toJson => {
        const answer = toJson(policy);
        return answer.type === "success" ? { ok: true, json: answer.json } : verdict(answer);
      };
      const asPolicy = read(cedar.policyToJson);
      return asPolicy.ok ? asPolicy : read(cedar.templateToJson);
    }
    case "schemaJson":
      return verdict(cedar.checkParseSchema(schema));
    case "schema": {
      const read = cedar.checkParseSchema(schema);
      if (read.type !== "success") return verdict(read);
      return { ok: true, json: cedar.schemaToJson(schema).json, meant: cedar.schemaToJsonWithResolvedTypes(schema).json };
    }
    case "entities":
      return verdict(cedar.checkParseEntities({ schema, entities }));
    default:
      return verdict(cedar.isAuthorized(
        { ...request, schema, validateRequest: true, policies: { staticPolicies: "" }, entities: [] }));
  }
}

function answer({ policies, schema, entities, requests, texts, wantsJson }) {
  const parsed = cedar.preparsePolicySet("set", policies);
  if (parsed.type === "failure") return { error: messages(parsed) };
  return {
    answers: requests.map(request => authorize(request, entities)),
    json: wantsJson && {
      ...translate(policies.staticPolicies, cedar.policyToJson),
      ...translate(policies.templates, cedar.templateToJson),
    },
    formatted: texts.map(format),
    validation: schema && validate(schema, policies),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answered;
  try {
    const question = JSON.parse(line);
    answered = question.ask ? ask(question) : answer(question);
  } catch (fault) {
    answered = { error: [String(fault)] };
  }
  process.stdout.write(JSON.stringify(answered) + "\n");
}
