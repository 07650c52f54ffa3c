// Times the official engine's stateful interface. Takes the path of the package and, on standard input, one JSON
// document {schema, entities, requests, sets}; answers one JSON array, times in microseconds.
const engine = require(process.argv[2]);
const { performance } = require('node:perf_hooks');

const WARM_UP = 40;
const work = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const must = (answer) => {
  if (answer.type !== 'success') throw new Error(JSON.stringify(answer).slice(0, 2000));
  return answer;
};
const percentile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];

// Who picks the entities that a request needs (its own, and what they are in) saves the engine most of its work.
const key = (uid) => JSON.stringify([uid.type, uid.id]);
const byKey = new Map(work.entities.map((entity) => [key(entity.uid), entity]));
const needed = (request) => {
  const found = new Map();
  const open = [request.principal, request.action, request.resource];
  while (open.length > 0) {
    const entity = byKey.get(key(open.pop()));
    if (!entity || found.has(key(entity.uid))) continue;
    found.set(key(entity.uid), entity);
    open.push(...entity.parents);
  }
  return [...found.values()];
};

const measure = (set, entitiesOf) => {
  const calls = work.requests.map((request) => ({
    ...request, preparsedPolicySetId: set, preparsedSchemaName: 'schema', validateRequest: false,
    entities: entitiesOf(request),
  }));
  calls.slice(0, WARM_UP).forEach(engine.statefulIsAuthorized);
  const times = [];
  const answers = calls.map((call) => {
    const started = performance.now();
    const { response } = must(engine.statefulIsAuthorized(call));
    times.push((performance.now() - started) * 1000);
    return {
      decision: response.decision, reason: response.diagnostics.reason,
      errors: response.diagnostics.errors.map((error) => error.policyId),
    };
  });
  times.sort((a, b) => a - b);
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), answers };
};

must(engine.preparseSchema('schema', work.schema));
const results = work.sets.map((policies, i) => {
  const parsing = performance.now();
  must(engine.preparsePolicySet('set' + i, { staticPolicies: policies, templates: {}, templateLinks: [] }));
  const preparse = (performance.now() - parsing) * 1000;
  return { preparse, all: measure('set' + i, () => work.entities), few: measure('set' + i, needed) };
});
process.stdout.write(JSON.stringify(results));
