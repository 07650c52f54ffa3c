// Somebody at a browser who signs in: node browser.mjs NAME URL. Follows redirects, keeps cookies in COOKIES, and fills
// in whatever form of a provider it is shown; prints each question that it was asked.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [name, start] = process.argv.slice(2);
const kept = process.env.COOKIES;
const cookies = kept && existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {};
let next = { url: start };
// Whoever knows the port and not the state: nothing comes of it, and the real answer still arrives.
const redirect = new URL(start).searchParams.get('redirect_uri');
for (const lure of ['?state=mine&code=mine', '?code=mine', `?state=${new URL(start).searchParams.get('nonce')}&code=x`, ''])
  console.log(`lure ${(await fetch(redirect + lure)).status}`);
for (let turn = 0; turn < 20 && next; turn++) {
  const answer = await fetch(next.url, {
    method: next.form ? 'POST' : 'GET', redirect: 'manual', body: next.form && new URLSearchParams(next.form),
    headers: { cookie: Object.entries(cookies).map(([n, v]) => `${n}=${v}`).join('; ') },
  });
  for (const set of answer.headers.getSetCookie()) {
    const [pair] = set.split(';');
    cookies[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
  }
  const text = await answer.text();
  if (answer.headers.has('location'))
    next = { url: new URL(answer.headers.get('location'), next.url).href };
  else {
    const action = /action="([^"]+)"/.exec(text)?.[1];
    const prompt = /name="prompt" value="([^"]+)"/.exec(text)?.[1];
    if (action) console.log(`asked for ${prompt}`);
    else console.log(`${answer.status} ${text.slice(0, 200)}`);
    next = action && { url: new URL(action, next.url).href, form: { prompt, login: name, password: 'any' } };
  }
}
if (kept) writeFileSync(kept, JSON.stringify(cookies));
