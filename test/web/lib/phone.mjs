// A phone as far as the page needs one: it asks for its profile rule over TLS, with a certificate of the lab or without.
import https from 'node:https';
import fs from 'node:fs';
import path from 'node:path';
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

// With the certificate that its maker put into it.
export function knock(hub, mac) {
  const name = `SEP${mac.replaceAll(':', '').toUpperCase()}`;
  ca(hub, 'phone', 'lab', mac, '--model', 'CP-8851-3PCC');
  const lab = (end) => fs.readFileSync(path.join(hub.folder, 'lab', `${name}.${end}`));
  return ask(hub, callhome(mac), {cert: lab('crt'), key: lab('key')});
}

// Without any proof.
export async function guess(hub, macs) {
  for (const mac of macs) await ask(hub, `/${mac.replaceAll(':', '')}.xml`);
}
