// Somebody on another machine, and the issuer of its tokens: node caller.mjs. Reads a line of JSON for each thing to do
// and answers with a line. Tokens are made by jose and proofs by dpop, so nothing here knows how Writ reads either.
import { createHmac, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { generateKeyPair as generateProofKeys, generateProof, calculateThumbprint } from 'dpop';
import {
  CompactEncrypt, SignJWT, UnsecuredJWT, base64url, exportJWK, exportSPKI, generateKeyPair, calculateJwkThumbprint,
} from 'jose';

const now = () => Math.floor(Date.now() / 1000);
const signers = {};
const holders = {};

async function signer(name, alg = 'RS256') {
  if (!signers[name]) {
    const pair = await generateKeyPair(alg, { extractable: true });
    const jwk = await exportJWK(pair.publicKey);
    signers[name] = { ...pair, alg, jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg } };
  }
  return signers[name];
}

async function holder(name) {
  return holders[name] ??= await generateProofKeys('ES256');
}

const claimsOf = given => ({ iat: now(), nbf: now(), exp: now() + 300, jti: randomUUID(), ...given });

async function token({ by = 'issuer', alg, claims = {}, header = {}, omit = [] }) {
  const key = await signer(by, alg);
  const all = claimsOf(claims);
  for (const name of omit) delete all[name];
  return new SignJWT(all).setProtectedHeader({ alg: key.alg, kid: key.jwk.kid, typ: 'JWT', ...header })
    .sign(key.privateKey);
}

// Attacks of RFC 8725 and of the CVE lists, each as a library or an attacker would make it.
const attacks = {
  none: async claims => new UnsecuredJWT(claimsOf(claims)).encode(),
  'none with a kid': async (claims, key) => `${base64url.encode(JSON.stringify({ alg: 'none', kid: key.jwk.kid }))}.`
    + `${base64url.encode(JSON.stringify(claimsOf(claims)))}.`,
  'HS256 with the public key': async (claims, key) => {
    const content = `${base64url.encode(JSON.stringify({ alg: 'HS256', kid: key.jwk.kid }))}.`
      + base64url.encode(JSON.stringify(claimsOf(claims)));
    return `${content}.${createHmac('sha256', await exportSPKI(key.publicKey)).update(content).digest('base64url')}`;
  },
  'RS256 in name and HS256 in deed': async (claims, key) => {
    const content = `${base64url.encode(JSON.stringify({ alg: 'RS256', kid: key.jwk.kid }))}.`
      + base64url.encode(JSON.stringify(claimsOf(claims)));
    return `${content}.${createHmac('sha256', await exportSPKI(key.publicKey)).update(content).digest('base64url')}`;
  },
  'an algorithm beside the list': claims => token({ by: 'issuer-ps', alg: 'PS512', claims }),
  'an own key in the header': async claims => {
    const own = await signer('attacker');
    return token({ by: 'attacker', claims, header: { jwk: own.jwk } });
  },
  'an own key by address': claims => token({ by: 'attacker', claims, header: { jku: 'https://127.0.0.1:1/jwks' } }),
  'an own key by certificate': claims => token({ by: 'attacker', claims, header: { x5c: ['MIIB'] } }),
  "another's key under the issuer's name": async (claims, key) =>
    token({ by: 'attacker', claims, header: { kid: key.jwk.kid } }),
  'a kid that is a path': claims => token({ claims, header: { kid: '../../../../dev/null' } }),
  'a kid that is a query': claims => token({ claims, header: { kid: "x' UNION SELECT 'key" } }),
  'no kid and an own key': async claims => {
    const own = await signer('attacker');
    return new SignJWT(claimsOf(claims)).setProtectedHeader({ alg: own.alg }).sign(own.privateKey);
  },
  'an access token': claims => token({ claims, header: { typ: 'at+jwt' } }),
  'a proof': claims => token({ claims, header: { typ: 'dpop+jwt' } }),
  'a token in a token': async claims => token({ claims, header: { cty: 'JWT' } }),
  encrypted: async (claims, key) => {
    const to = await signer('recipient', 'RS256');
    const pair = await generateKeyPair('RSA-OAEP-256');
    return new CompactEncrypt(Buffer.from(await token({ claims }))).setProtectedHeader(
      { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: to.jwk.kid }).encrypt(pair.publicKey);
  },
  'a member twice': async (claims, key) => raw(key, JSON.stringify(claimsOf(claims)).replace('{',
    '{"repository":"evil/shop",')),
  'a member twice, spelled twice': async (claims, key) => raw(key, JSON.stringify(claimsOf(claims)).replace('{',
    '{"re\\u0070ository":"evil/shop",')),
  huge: claims => token({ claims: { ...claims, padding: 'x'.repeat(40_000) } }),
  deep: async (claims, key) => raw(key, JSON.stringify(claimsOf(claims)).replace('{',
    `{"deep":${'['.repeat(200)}${']'.repeat(200)},`)),
  'critical names': claims => token({ claims, header: { crit: ['b64'], b64: true } }),
  'another issuer': claims => token({ claims: { ...claims, iss: `${claims.iss}.evil.test` } }),
  'another audience': claims => token({ claims: { ...claims, aud: 'sts.amazonaws.com' } }),
  'more audiences': claims => token({ claims: { ...claims, aud: [claims.aud, 'sts.amazonaws.com'] } }),
  over: claims => token({ claims: { ...claims, iat: now() - 900, nbf: now() - 900, exp: now() - 300 } }),
  'not yet': claims => token({ claims: { ...claims, iat: now() + 300, nbf: now() + 300, exp: now() + 600 } }),
  'for ever': claims => token({ claims: { ...claims, exp: now() + 86_400 * 365 } }),
  'without an end': claims => token({ claims, omit: ['exp'] }),
  'without a beginning': claims => token({ claims, omit: ['iat', 'nbf'] }),
  'another repository': claims => token({ claims: { ...claims, repository: 'evil/shop' } }),
  'another case': claims => token({ claims: { ...claims, repository: claims.repository.toUpperCase() } }),
  'a pull request': claims => token({ claims: { ...claims, ref: 'refs/pull/7/merge' } }),
  'a list for a text': claims => token({ claims: { ...claims, repository: [claims.repository] } }),
};

// jose would write each name once and refuse what is too deep.
async function raw(key, claims) {
  const content = `${base64url.encode(JSON.stringify({ alg: key.alg, kid: key.jwk.kid }))}.${base64url.encode(claims)}`;
  const signature = await crypto.subtle.sign(
    { name: 'RSASSA-PKCS1-v1_5' }, key.privateKey, Buffer.from(content));
  return `${content}.${Buffer.from(signature).toString('base64url')}`;
}

async function send({ base, method = 'POST', path, body, form, token: bearer, key = 'caller', scheme = 'DPoP', proof = {} }) {
  const url = base + path;
  let nonce;
  for (let turn = 0; ; turn++) {
    const pair = await holder(proof.key ?? key);
    const made = proof.text ?? await generateProof(
      pair, proof.url ?? url, proof.method ?? method, proof.nonce ?? nonce,
      proof.token === undefined ? bearer : proof.token || undefined);
    const headers = {};
    if (!proof.omit) headers.DPoP = made;
    if (bearer) headers.Authorization = `${scheme} ${bearer}`;
    if (form) headers['Content-Type'] = 'application/x-www-form-urlencoded';
    else if (body) headers['Content-Type'] = 'application/json';
    const answer = await fetch(url, {
      method, headers, body: form ? new URLSearchParams(form).toString() : body ? JSON.stringify(body) : undefined,
    });
    const text = await answer.text();
    nonce = answer.headers.get('dpop-nonce');
    const parsed = text ? JSON.parse(text) : null;
    if (turn === 0 && proof.nonce === undefined && (parsed?.error === 'use_dpop_nonce' || parsed?.code === 'dpop.nonce'))
      continue;
    return {
      status: answer.status, body: parsed, nonce, challenge: answer.headers.get('www-authenticate'), proof: made,
      turns: turn + 1,
    };
  }
}

const deeds = {
  keys: async ({ by = 'issuer', alg }) => ({ keys: [(await signer(by, alg)).jwk] }),
  token: async asked => ({ token: await token(asked) }),
  attacks: async ({ claims }) => {
    const key = await signer('issuer');
    const made = {};
    for (const [name, make] of Object.entries(attacks)) made[name] = await make(claims, key);
    return made;
  },
  send,
  spki: async ({ key = 'caller' }) => ({
    spki: Buffer.from(await crypto.subtle.exportKey('spki', (await holder(key)).publicKey)).toString('base64'),
  }),
  thumbprint: async ({ key = 'caller' }) => ({ thumbprint: await calculateThumbprint((await holder(key)).publicKey) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  try {
    console.log(JSON.stringify(await deeds[asked.do](asked)));
  } catch (error) {
    console.log(JSON.stringify({ fault: String(error?.stack ?? error) }));
  }
}
