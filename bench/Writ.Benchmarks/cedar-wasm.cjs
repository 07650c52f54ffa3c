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

must(engine.preparseSchema('schema', work.schema));
const results = work.sets.map((set, i) => {
  const policies = { staticPolicies: set, templates: {}, templateLinks: [] };
  const parsing = performance.now();
  must(engine.preparsePolicySet('set' + i, policies));
  const preparse = (performance.now() - parsing) * 1000;
  const decide = (request) => engine.statefulIsAuthorized({
    ...request, preparsedPolicySetId: 'set' + i, preparsedSchemaName: 'schema', validateRequest: false,
    entities: work.entities,
  });
  work.requests.slice(0, WARM_UP).forEach(decide);
  const times = [];
  const answers = work.requests.map((request) => {
    const started = performance.now();
    const { response } = must(decide(request));
    times.push((performance.now() - started) * 1000);
    return {
      decision: response.decision, reason: response.diagnostics.reason,
      errors: response.diagnostics.errors.map((error) => error.policyId),
    };
  });
  times.sort((a, b) => a - b);
  return { preparse, p50: percentile(times, 0.5), p99: percentile(times, 0.99), answers };
});
process.stdout.write(JSON.stringify(results));
