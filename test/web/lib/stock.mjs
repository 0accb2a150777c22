// An installation with something on every page, made by the API: people, phones that wait, layers, a report.
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {apiOf} from './hub.mjs';

const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../fixtures');

const ROWS = [['Aiko Tanaka', '8851', 'personal', 'Tokyo'], ['田中 愛子', '8841', 'personal', 'Tokyo'], ['Ayşe Demir', '8845', 'personal', 'Berlin'],
  ['Jonas Weber', '7841', 'personal', 'Berlin'], ['Lobby', '8832', 'shared', 'Tokyo'], ['会議室 A', '8865', 'shared', 'Tokyo'],
  ['Maria Rossi', '8861', 'personal', 'Berlin'], ['Zoë Müller', '6871', 'personal', 'Berlin'], ['佐藤 健', '8811', 'personal', 'Tokyo'], ['Noah Fischer', '7861', 'personal', 'Berlin']];

export const SECRET = 'seven small secrets';
export const macOf = (i) => `00:00:5e:00:53:${(i + 16).toString(16)}`;

async function devices(api) {
  const sites = {};
  for (const name of ['Tokyo', 'Berlin']) sites[name] = (await api('POST', '/sites', {name})).id;
  for (const [i, [name, model, usage, site]] of ROWS.entries()) {
    const kind = usage === 'personal' ? 'person' : 'workspace';
    const owner = await api('POST', kind === 'person' ? '/people' : '/workspaces', {name, site_id: sites[site]});
    const account = await api('POST', '/accounts', {user: String(2001 + i), number: String(2001 + i), display: name, secret: SECRET});
    await api('POST', '/devices', {mac: macOf(i), model, owner: {kind, id: owner.id}, site_id: sites[site], account_id: account.id});
  }
}

// What the pages show; returns the addresses of all of them.
export async function stock(page) {
  const api = apiOf(page);
  await devices(api);
  await api('PUT', '/configuration/organisation', {values: {Resync_Periodic: '3600', Time_Zone: 'GMT+09:00', Syslog_Server: '192.0.2.9'}});
  await api('POST', '/registrars', {name: 'Carrier', proxy: 'sip.example.net', transport: 'tls'});
  await api('POST', '/tokens', {name: 'backup', role: 'reader', days: 90});
  const log = fs.readFileSync(path.join(fixtures, 'DN-02.log'), 'utf8');
  const report = await api('POST', '/reports?name=DN-02.log', log, 'application/octet-stream');
  const first = (await api('GET', '/devices?limit=1')).items[0];
  return {api, report, pages: pagesOf(first.id, report.id)};
}

const pagesOf = (device, report) => ({overview: '/', devices: '/devices', none: '/devices?q=zzzz', add: '/devices/add', journey: `/devices/${device}`,
  lines: `/devices/${device}/lines`, effective: `/devices/${device}/configuration`, reports: '/reports', report: `/reports/${report}`,
  'device-reports': `/devices/${device}/reports`, access: `/devices/${device}/access`, inbox: '/inbox', people: '/people', workspaces: '/workspaces', sites: '/sites',
  accounts: '/accounts', registrars: '/registrars', configuration: '/configuration', layer: `/configuration/device/${device}`, import: '/import',
  ways: '/provisioning', audit: '/audit', users: '/users', tokens: '/tokens', nowhere: '/nowhere'});
