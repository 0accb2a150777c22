// A device's configuration: what it would be given and where each value comes from, what is doubtful, what a publish would change,
// and how the phone differs from it.
import {h, replace, sign} from '../parts/dom.js';
import {dateTime, t, word} from '../parts/lang.js';
import {get} from '../parts/api.js';
import {action} from '../parts/form.js';
import {level} from '../parts/status.js';
import {table} from '../parts/table.js';
import {again} from '../parts/router.js';
import {can} from '../parts/session.js';
import {nameOf, sites} from '../parts/names.js';
import {publish} from './configuration.js';

export function lintList(lint) {
  if (!lint.length) return h('p.fine', sign('check'), t('lint.none'));
  return h('ul.lint', lint.map((l) => h('li', level(l.severity), h('span', l.name && [h('code', l.name), ': '], l.message))));
}

const shown = (value, secret) => (secret ? h('span.soft', t('secret')) : value === null || value === undefined ? h('span.soft', t('value.none')) :
  value === '' ? h('span.soft', t('value.empty')) : h('code', value));

export const changes = (rows, caption, before, after) => table(caption, [
  {title: t('parameter'), kind: 'mono', cell: (c) => c.name},
  {title: before, kind: 'before', cell: (c) => h('del', shown(c.before, c.secret))},
  {title: after, kind: 'after', cell: (c) => h('ins', shown(c.after, c.secret))},
], rows, {kind: 'diff'});

// "site/3" in words, with a link to where it is edited.
function origin(from, places, device) {
  const [scope, name] = String(from).split('/');
  const line = /^line (\d+)$/.exec(scope);
  if (line) return t('scope.line-n', {n: Number(line[1])});
  const text = scope === 'site' ? `${t('scope.site')}: ${nameOf(places, name)}` : scope === 'model' ? `${t('scope.model')}: ${name ?? device.model}` : word('scope', scope);
  if (!['organisation', 'site', 'model', 'device'].includes(scope)) return text;
  const path = scope === 'organisation' ? scope : `${scope}/${name ?? (scope === 'device' ? device.id : scope === 'site' ? device.site_id : device.model)}`;
  return h('a', {href: `/configuration/${path}`}, text);
}

function values(effective, places, device) {
  const search = h('input', {type: 'search', 'aria-label': t('configuration.search'), placeholder: t('configuration.search'), autocomplete: 'off'});
  const place = h('div');
  const draw = () => {
    const words = search.value.trim().toLowerCase();
    const rows = effective.values.filter((v) => `${v.name} ${v.secret ? '' : v.value}`.toLowerCase().includes(words));
    replace(place, table(t('configuration.effective'), [
      {title: t('parameter'), kind: 'mono', cell: (v) => v.name},
      {title: t('value'), kind: 'text', cell: (v) => shown(v.value, v.secret)},
      {title: t('value.from'), cell: (v) => [origin(v.from, places, device), (v.over ?? []).map((o) => h('span.over', t('value.over'), ' ', origin(o.from, places, device),
        ' ', shown(o.value, v.secret)))]},
    ], rows));
  };
  search.addEventListener('input', draw);
  draw();
  return [h('div.filters', h('div.search', sign('search'), search)), place];
}

export async function effectiveParts(device, {signal}) {
  const [effective, diff, places] = await Promise.all([get(`/devices/${device.id}/configuration`, {signal}),
    get(`/devices/${device.id}/configuration/diff`, {signal}), sites()]);
  const tools = can('operator') && h('p.buttons', h('a.button', {href: `/configuration/device/${device.id}`}, t('configuration.edit-device')),
    action(t('publish'), async () => { if (await publish(`device/${device.id}`, device.owner.name)) await again(); }, {kind: effective.draft ? 'primary' : ''}));
  const state = effective.draft ? h('p.notice', t(diff.published_at ? 'configuration.draft' : 'configuration.never')) :
    h('p.fine', sign('check'), t('configuration.published', {time: dateTime(effective.published_at)}));
  return {body: h('div.configuration', state, tools,
    h('section', h('h2', t('configuration.lint')), lintList(effective.lint)),
    diff.draft.length > 0 && h('section', h('h2', t('configuration.draft-title')), changes(diff.draft, t('configuration.draft-title'), t('diff.published'), t('diff.draft'))),
    h('section', h('h2', t('configuration.drift')), !diff.drift ? h('p.soft', t('configuration.no-report')) : diff.drift.length ?
      changes(diff.drift, t('configuration.drift'), t('diff.published'), t('diff.reported')) : h('p.fine', sign('check'), t('configuration.no-drift'))),
    h('section', h('h2', t('configuration.effective')), values(effective, places, device)))};
}
