// An OpenID provider that is not Writ's: node provider.mjs PORT CERTIFICATE KEY. Any name signs in with any password, and
// is its own subject. Prints a line when it listens.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import Provider from 'oidc-provider';

const [port, certificate, key] = process.argv.slice(2);
const groups = { 'sub-alice': ['oncall'], 'sub-bob': ['oncall', 'everybody'], 'sub-carol': ['everybody'] };
const issuer = `https://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'writ', application_type: 'native', token_endpoint_auth_method: 'none', redirect_uris: [
      'http://127.0.0.1/callback'], grant_types: ['authorization_code'], response_types: ['code'],
  }],
  claims: { openid: ['sub', 'groups'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, groups: groups[id] ?? [] }) }),
  cookies: { keys: ['test'] },
  ttl: { IdToken: 300, AccessToken: 300, AuthorizationCode: 60, Interaction: 300, Session: 3600, Grant: 3600 },
});
createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, provider.callback())
  .listen(Number(port), '127.0.0.1', () => console.log(issuer));
