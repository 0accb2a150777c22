// A phone as far as the page needs one: it asks for its profile rule over TLS, with a certificate of the lab or without.
import {execFile} from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {ca} from './hub.mjs';

function ask(hub, where, more = {}) {
  const lab = (name) => fs.readFileSync(path.join(hub.folder, 'lab', name));
  return new Promise((resolve, reject) => {
    const to = new URL(where, hub.phones);
    const request = https.get(to, {ca: lab('ca.crt'), servername: 'localhost', agent: false, headers: {Host: 'localhost'}, ...more}, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    request.on('error', reject);
  });
}

const callhome = (mac) => `/software/edos/callhome/rc?id=${mac.replaceAll(':', '').toUpperCase()}:FCH27010001:CP-8851-3PCC&sw=sip88xx.12-0-2MPP0001-1&orig=orig_mpp&authstatus=none`;

// The certificate that its maker put into it; `how`: --expired, --not-yet.
function proof(hub, mac, ...how) {
  const name = path.join(hub.folder, 'lab', `SEP${mac.replaceAll(':', '').toUpperCase()}`);
  if (!fs.existsSync(`${name}.crt`)) ca(hub, 'phone', 'lab', mac, '--model', 'CP-8851-3PCC', ...how);
  return {cert: fs.readFileSync(`${name}.crt`), key: fs.readFileSync(`${name}.key`)};
}

export const knock = (hub, mac, ...how) => ask(hub, callhome(mac), proof(hub, mac, ...how));

export const fetchConfiguration = (hub, mac) => ask(hub, '/', proof(hub, mac));

// Registers at the edge for five minutes; what it was answered.
export function register(hub, user, password) {
  const program = fileURLToPath(new URL('../../tools/sip-phone', import.meta.url));
  return new Promise((resolve) => {
    execFile(program, ['udp', hub.udp.split(':').pop(), user, password], (error, said) => resolve(said.split('\n')[0]));
  });
}

// Without any proof.
export async function guess(hub, macs) {
  for (const mac of macs) await ask(hub, `/${mac.replaceAll(':', '')}.xml`);
}
