// What a workload does with the Workload API, by clients that nobody here wrote: node workload.mjs MODE. Prints JSON.
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { X509Certificate, createPrivateKey } from 'node:crypto';

const api = grpc.loadPackageDefinition(loader.loadSync(new URL('workload.proto', import.meta.url).pathname, {
  keepCase: true, defaults: true, includeDirs: [new URL('node_modules/protobufjs', import.meta.url).pathname],
}));
const client = new api.SpiffeWorkloadAPI(process.env.SPIFFE_ENDPOINT_SOCKET, grpc.credentials.createInsecure());
const metadata = (...values) => {
  const all = new grpc.Metadata();
  for (const value of values) all.add('workload.spiffe.io', value);
  return all;
};
const say = value => console.log(JSON.stringify(value));
const code = error => `${grpc.status[error.code]}: ${error.details}`;
const unary = (name, question, meta = metadata('true')) => new Promise(resolve =>
  client[name](question, meta, (error, answer) => resolve(error ? { error: code(error) } : answer)));
// The first message of a stream, or how it ended.
const first = (name, meta = metadata('true')) => new Promise(resolve => {
  const stream = client[name]({}, meta);
  stream.on('data', answer => { resolve(answer); stream.cancel(); });
  stream.on('error', error => resolve({ error: code(error) }));
});
const pem = (label, der) =>
  `-----BEGIN ${label}-----\n${der.toString('base64').match(/.{1,64}/g).join('\n')}\n-----END ${label}-----\n`;
// Certificates one after the other, each as long as its head says.
const split = der => {
  const all = [];
  for (let at = 0; at < der.length;) {
    const length = 4 + der.readUInt16BE(at + 2);
    all.push(pem('CERTIFICATE', der.subarray(at, at + length)));
    at += length;
  }
  return all;
};
const shown = svid => ({
  id: svid.spiffe_id, hint: svid.hint, pem: pem('CERTIFICATE', svid.x509_svid), authorities: split(svid.bundle),
  matches: new X509Certificate(svid.x509_svid).checkPrivateKey(
    createPrivateKey({ key: svid.x509_svid_key, format: 'der', type: 'pkcs8' })),
});
const identity = async () => {
  const svid = (await first('FetchX509SVID')).svids[0];
  return { id: svid.spiffe_id, key: pem('PRIVATE KEY', svid.x509_svid_key), cert: pem('CERTIFICATE', svid.x509_svid),
    ca: split(svid.bundle) };
};

const modes = {
  async all() {
    const x509 = await first('FetchX509SVID');
    const jwt = await unary('FetchJWTSVID', { audience: ['reports'] });
    const rsa = await unary('FetchJWTSVID', { audience: ['sts.amazonaws.com'] });
    const one = await unary('FetchJWTSVID', { audience: ['reports'], spiffe_id: jwt.svids?.[0]?.spiffe_id });
    const valid = await unary('ValidateJWTSVID', { audience: 'reports', svid: jwt.svids?.[0]?.svid });
    say({
      svids: x509.svids?.map(shown), error: x509.error,
      federated: Object.keys(x509.federated_bundles ?? {}),
      tokens: jwt.svids, rsa: rsa.svids, one: one.svids, jwtError: jwt.error ?? rsa.error ?? one.error,
      valid: valid.spiffe_id, claims: Object.keys(valid.claims?.fields ?? {}).sort(), validError: valid.error,
      bundles: Object.keys((await first('FetchX509Bundles')).bundles ?? {}).sort(),
      jwtBundles: Object.entries((await first('FetchJWTBundles')).bundles ?? {})
        .map(([domain, keys]) => [domain, JSON.parse(keys).keys.map(k => k.use)]).sort(),
      refused: {
        bare: (await first('FetchX509SVID', new grpc.Metadata())).error,
        wrong: (await first('FetchX509SVID', metadata('True'))).error,
        twice: (await first('FetchX509SVID', metadata('true', 'true'))).error,
        elsewhere: (await unary('FetchJWTSVID', { audience: ['elsewhere'] })).error,
        nobody: (await unary('FetchJWTSVID', { audience: [] })).error,
        other: (await unary('FetchJWTSVID', {
          audience: ['reports'], spiffe_id: 'spiffe://realm.writ.test/agent/other/session/x/read' })).error,
        noId: (await unary('FetchJWTSVID', { audience: ['reports'], spiffe_id: 'spiffe://realm.writ.test/' })).error,
        audience: (await unary('ValidateJWTSVID', { audience: 'ledger', svid: jwt.svids?.[0]?.svid })).error,
        forged: (await unary('ValidateJWTSVID', { audience: 'reports', svid: 'eyJhbGciOiJub25lIn0.e30.AA' })).error,
        wit: (await first('FetchWITSVID')).error,
      },
    });
  },
  // Each message of the stream as a line; the second ends it.
  watch() {
    let count = 0;
    const stream = client.FetchX509SVID({}, metadata('true'));
    stream.on('data', answer => {
      say({ id: answer.svids[0].spiffe_id, pem: pem('CERTIFICATE', answer.svids[0].x509_svid),
        authorities: split(answer.svids[0].bundle) });
      if (++count === 2) stream.cancel();
    });
    stream.on('error', error => process.exit(count === 2 ? 0 : (say({ error: code(error) }), 1)));
  },
  // How long a call takes, warm, one after the other.
  async bench(count) {
    const rows = [];
    for (const [name, once] of [
      ['FetchJWTSVID', () => unary('FetchJWTSVID', { audience: ['reports'] })],
      ['FetchX509SVID, to its first message', () => first('FetchX509SVID')]]) {
      const took = [];
      for (let i = 0; i < +count; i++) {
        const from = process.hrtime.bigint();
        const answer = await once();
        if (answer.error) throw new Error(answer.error);
        took.push(Number(process.hrtime.bigint() - from) / 1e6);
      }
      took.sort((a, b) => a - b);
      const at = part => took[Math.min(took.length - 1, Math.floor(took.length * part))].toFixed(2);
      rows.push(`| ${name} | ${count} | ${at(0.5)} | ${at(0.99)} |\n`);
    }
    writeFileSync('bench.txt', rows.join(''));
  },
  async flood() {
    const answers = await Promise.all(Array.from({ length: 130 }, async () =>
      (await unary('FetchJWTSVID', { audience: ['reports'] })).error ?? 'ok'));
    say({ ok: answers.filter(a => a === 'ok').length, other: answers.find(a => a !== 'ok') ?? '' });
  },
  async serve(path) {
    const own = await identity();
    const server = tls.createServer({ ...own, requestCert: true, rejectUnauthorized: true }, socket => {
      say({ own: own.id, peer: socket.getPeerCertificate().subjectaltname, authorized: socket.authorized });
      socket.end('hello over mutual TLS');
      server.close();
    });
    server.listen(path);
  },
  async call(path) {
    const own = await identity();
    while (!(await new Promise(r => net.connect(path).on('connect', function () { this.destroy(); r(true); })
      .on('error', () => r(false))))) await new Promise(r => setTimeout(r, 50));
    const socket = tls.connect({ path, ...own, servername: '', checkServerIdentity: () => undefined }, () =>
      say({ own: own.id, peer: socket.getPeerCertificate().subjectaltname, authorized: socket.authorized }));
    socket.on('data', text => say({ text: `${text}` }));
    socket.on('error', error => say({ error: error.message }));
  },
};
await modes[process.argv[2]](...process.argv.slice(3));
if (!['watch', 'serve', 'call'].includes(process.argv[2])) client.close();
