// Speaks to the Workload API on a connection that is open already, as descriptor 3.
import http2 from 'node:http2';
import net from 'node:net';

const session = http2.connect('http://localhost', { createConnection: () => new net.Socket({ fd: 3 }) });
const end = text => { console.log(text); process.exit(0); };
session.on('error', () => end('closed'));
session.on('close', () => end('closed'));
const call = session.request({
  ':method': 'POST', ':path': '/SpiffeWorkloadAPI/FetchX509SVID', 'content-type': 'application/grpc', te: 'trailers',
  'workload.spiffe.io': 'true',
});
let bytes = 0;
call.on('data', part => { bytes += part.length; if (bytes > 500) end('an identity'); });
call.on('trailers', fields => end(`status ${fields['grpc-status']}`));
call.on('error', () => end('closed'));
call.end(Buffer.alloc(5));
setTimeout(() => end('nothing'), 10_000);
