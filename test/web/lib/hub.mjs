// The program as a hub of its own: a state folder, ports that the system chose, and the link of its first start.
import {execFileSync, spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const CONFIG = (folder) => `listen = {"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}
domains = {"example.com"}
workers = 1
admin = "off"
state {
    folder = "${folder}/state"
}
hub {
    listen = {"http:127.0.0.1:0"}
}
provisioning {
    listen = {"https:127.0.0.1:0"}
    cert = {"${folder}/lab/localhost.crt"}
    key = {"${folder}/lab/localhost.key"}
    phone_ca = {"${folder}/lab/ca.crt"}
}
`;

// Certificates of a lab: dialtone ca WORD...
export function ca(hub, ...words) {
  execFileSync(process.env.DIALTONE, ['ca', ...words], {cwd: hub.folder, stdio: ['ignore', 'ignore', 'pipe']});
}

const PATIENCE = 60000;

// The program with this configuration; resolves once `ready` says so of what it printed.
function serve(config, ready) {
  const program = process.env.DIALTONE;
  if (!program) throw new Error('DIALTONE is not set');
  const child = spawn(program, ['serve', '--config', config], {cwd: path.dirname(config), stdio: ['ignore', 'pipe', 'pipe']});
  const run = {child, said: '', ended: new Promise((resolve) => { child.once('exit', (code) => resolve(code)); })};
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the hub does not start: ${run.said}`)), PATIENCE);
    const read = (data) => {
      run.said += data;
      if (!ready(run.said)) return;
      clearTimeout(timer);
      resolve(run);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    run.ended.then((code) => reject(new Error(`the hub ended with ${code}: ${run.said}`)));
  });
}

async function end(run) {
  run.child.kill('SIGTERM');
  const timer = setTimeout(() => run.child.kill('SIGKILL'), PATIENCE / 3);
  const code = await run.ended;
  clearTimeout(timer);
  return code;
}

// Starts it, with the certificates of a lab for its phones.
export async function startHub(tmp) {
  const folder = fs.mkdtempSync(path.join(tmp, 'hub-'));
  const config = path.join(folder, 'dialtone.conf');
  const hub = {folder, stop: () => end(run), said: () => run.said};
  fs.writeFileSync(config, CONFIG(folder));
  ca(hub, 'init', 'lab');
  ca(hub, 'server', 'lab', 'localhost');
  let run = await serve(config, (said) => /^listening hub /m.test(said) && /first start: /.test(said));
  const ports = Object.fromEntries([...run.said.matchAll(/^listening (\S+) (\S+)$/gm)].map((m) => [m[1], m[2]]));
  Object.assign(hub, {url: ports.hub, phones: ports.phones, udp: ports.udp, setup: /first start: (\S+)/.exec(run.said)[1]});
  // Once more, where it was.
  hub.again = async () => {
    fs.writeFileSync(config, fs.readFileSync(config, 'utf8').replace('http:127.0.0.1:0', ports.hub.replace('//', '')));
    run = await serve(config, (said) => /^listening hub /m.test(said));
  };
  return hub;
}

// The API as a program uses it, for what a test needs to be there: with the session of a page's cookie.
export function apiOf(page) {
  return async (method, where, body, type = 'application/json') => page.evaluate(async ([m, w, b, t]) => {
    const session = await (await fetch('/api/v1/session')).json();
    const answer = await fetch(`/api/v1${w}`, {method: m, headers: {'X-CSRF-Token': session.csrf, ...(b === null ? {} : {'Content-Type': t})},
      body: b === null ? undefined : b});
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${m} ${w}: ${answer.status} ${text}`);
    return text && /json/.test(answer.headers.get('content-type')) ? JSON.parse(text) : text;
  }, [method, where, body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body), type]);
}
