// Somebody outside who is shown a token: node relying-party.mjs JWKS-FILE ISSUER AUDIENCE TOKEN. Prints JSON.
import { readFileSync } from 'node:fs';
import { createLocalJWKSet, jwtVerify } from 'jose';

const [keys, issuer, audience, token] = process.argv.slice(2);
try {
  const { payload, protectedHeader } = await jwtVerify(
    token, createLocalJWKSet(JSON.parse(readFileSync(keys, 'utf8'))), { issuer, audience, requiredClaims: ['jti', 'iat'] });
  console.log(JSON.stringify({ sub: payload.sub, alg: protectedHeader.alg, life: payload.exp - payload.iat }));
} catch (error) {
  console.log(JSON.stringify({ error: error.code }));
}
