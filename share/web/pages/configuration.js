// Layers of configuration: values for the organisation, a site, a model, a device; what a publish would do; publishing and taking it back.
import {h, replace} from '../parts/dom.js';
import {dateTime, t} from '../parts/lang.js';
import {all, get, post, put} from '../parts/api.js';
import {action, field, problemText} from '../parts/form.js';
import {ask, confirm, dialog} from '../parts/dialog.js';
import {finder} from '../parts/find.js';
import {showMac} from '../parts/mac.js';
import {table} from '../parts/table.js';
import {models, nameOf, parameters, sites} from '../parts/names.js';
import {again, guard} from '../parts/router.js';
import {can} from '../parts/session.js';
import {note} from '../parts/say.js';
import {changes, lintList} from './effective.js';

// Asks once more, publishes, and tells what came of it.
export async function publish(scope, name) {
  const why = field({name: 'note', label: t('note'), maxlength: 500, hint: t('publish.note-hint')});
  const resync = scope.startsWith('device/') && field({name: 'resync', label: t('publish.resync'), kind: 'check', value: true, hint: t('publish.resync-hint')});
  const done = await ask(t('publish.title'), {text: t('publish.text', {scope: name}), fields: [why, resync].filter(Boolean), save: t('publish'),
    send: (v) => post('/publish', {scope, note: v.note.trim(), ...(v.resync ? {resync: true} : {})})});
  if (!done) return null;
  note(t('publish.done', {n: done.layers}));
  return done;
}

async function undo() {
  const done = await confirm(t('undo.title'), t('undo.text'), {save: t('undo.do'), danger: true, send: () => post('/publish/undo', {})});
  if (!done) return;
  note(t('undo.done', {n: done.layers}));
  await again();
}

// What was published lately, newest first.
async function history(places) {
  const list = (await get('/publications?limit=8')).items;
  if (!list.length) return null;
  return h('details.help', h('summary', t('publish.history')), table(t('publish.history'), [
    {title: t('time'), cell: (p) => h('time', {datetime: p.at}, dateTime(p.at))},
    {title: t('audit.who'), cell: (p) => p.by.replace(/^user:/, '')},
    {title: t('publish.scope'), cell: (p) => (p.scope === 'all' ? t('publish.everything') : scopeName(p.scope, places))},
    {title: t('note'), kind: 'text', cell: (p) => [p.undoes && h('span.soft', t('publish.undoes'), ' '), p.undone_by && h('span.soft', t('publish.undone'), ' '), p.note]},
  ], list));
}

// -- which layer

function scopeName(scope, places, device) {
  const [kind, name] = scope.split('/');
  if (kind === 'organisation') return t('scope.organisation');
  return `${t(`scope.${kind}`)}: ${kind === 'site' ? nameOf(places, name) || name : kind === 'device' ? (device ? showMac(device.mac) : name) : decodeURIComponent(name)}`;
}

// `waiting`: the scopes whose layer is not published as it is saved.
async function scopes(here, waiting) {
  const [places, kinds] = await Promise.all([sites(), models()]);
  const link = (scope, text) => h('li', h('a', {href: `/configuration/${scope}`, 'aria-current': scope === here ? 'page' : null}, text,
    waiting.has(scope) && h('span.draft', {title: t('configuration.is-draft')}, h('span.unseen', ` ${t('configuration.is-draft')}`))));
  return h('nav.layers', {'aria-label': t('configuration.layers')}, h('ul', link('organisation', t('scope.organisation'))),
    places.length > 0 && [h('h2', t('nav.sites')), h('ul', places.map((s) => link(`site/${s.id}`, s.name)))],
    h('h2', t('configuration.models')), h('ul', kinds.map((m) => link(`model/${m.name}`, m.title || m.name))),
    h('h2', t('nav.devices')), h('p.soft', t('configuration.device-hint')));
}

// -- the editor

function kindOf(parameter, name, value, change) {
  const label = t('configuration.value-of', {name});
  const attributes = {'aria-label': label, class: 'mono', autocomplete: 'off', spellcheck: 'false'};
  const kept = value === null;
  const choices = parameter?.choices ?? (parameter?.type === 'yes-no' ? ['Yes', 'No'] : []);
  if (choices.length && !kept) {
    const listed = choices.includes(value ?? '') ? choices : [value ?? '', ...choices];
    return h('select', {...attributes, onchange: (e) => change(e.target.value)}, listed.map((c) => h('option', {value: c, selected: c === value}, c || t('value.empty'))));
  }
  const type = parameter?.secret ? 'password' : 'text';
  return h('input', {...attributes, type, value: value ?? '', placeholder: kept ? t('secret.kept') : parameter?.default ?? '', maxlength: 4096,
    autocomplete: parameter?.secret ? 'new-password' : 'off', oninput: (e) => change(e.target.value)});
}

function about(p) {
  if (!p) return h('span.soft', t('parameter.unknown'));
  const range = p.least !== undefined && p.most !== undefined ? t('parameter.range', {least: p.least, most: p.most}) : '';
  return h('span.soft', [p.section, range, p.default && t('parameter.default', {value: p.default}), p.note].filter(Boolean).join(' · '));
}

function editor(layer, list, changed) {
  const known = new Map(list.map((p) => [p.name, p]));
  const values = new Map(Object.entries(layer.values).sort(([a], [b]) => a.localeCompare(b)));
  const place = h('div.values');
  const may = can('operator');
  const draw = (focus) => {
    replace(place, values.size === 0 ? h('p.soft', t('configuration.no-values')) : h('ul.values', [...values].map(([name, value]) => h('li', {'data-name': name},
      h('div', h('code.name', name), about(known.get(name))), may ? kindOf(known.get(name), name, value, (v) => {
        values.set(name, v);
        changed();
      }) : h('code', value ?? t('secret')), may && h('button', {type: 'button', 'aria-label': t('configuration.remove', {name}), onclick: () => {
        values.delete(name);
        changed();
        draw();
        search.input.focus();
      }}, t('remove')), h('p.refusal', {hidden: true})))));
    if (focus) place.querySelector(`[data-name="${CSS.escape(focus)}"] :is(input, select)`)?.focus();
  };
  const add = (name, value = '') => {
    if (!values.has(name)) values.set(name, value);
    changed();
    search.value = null;
    draw(name);
  };
  const search = finder({name: 'parameter', label: t('configuration.add'), required: false, hint: t('configuration.add-hint'), show: (p) => ({title: p.name, text: p.section ?? ''}),
    search: async (q) => list.filter((p) => !values.has(p.name) && p.name.toLowerCase().includes(q.toLowerCase())),
    make: {title: t('configuration.other'), call: async (name) => {
      if (/^[A-Za-z][\w.\-]{0,126}$/.test(name)) add(name);
      return null;
    }}, onchange: (p) => { if (p) add(p.name, p.default ?? ''); }});
  draw();
  return {node: [place, may && search.node], values: () => Object.fromEntries(values), refuse: (error) => {
    const row = place.querySelector(`[data-name="${CSS.escape(String(error.field ?? '').replace(/^values\./, ''))}"]`);
    if (!row) return false;
    const text = row.querySelector('.refusal');
    text.hidden = false;
    text.textContent = problemText(error);
    row.querySelector('input, select').focus();
    return true;
  }};
}

// What a publish would change for one device: of the layer itself, or one of those below it.
async function preview(scope, places) {
  const [kind, name] = scope.split('/');
  const ask = kind === 'device' ? [await get(`/devices/${name}`)] : (await get(`/devices?limit=20${kind === 'site' ? `&site_id=${name}` : kind === 'model' ?
    `&model=${name}` : ''}`)).items;
  const place = h('div', {'aria-live': 'polite'});
  const show = async (id) => {
    const [effective, diff] = await Promise.all([get(`/devices/${id}/configuration`), get(`/devices/${id}/configuration/diff`)]);
    replace(place, h('h3', t('configuration.lint')), lintList(effective.lint), h('h3', t('configuration.draft-title')), diff.draft.length ?
      changes(diff.draft, t('configuration.draft-title'), t('diff.published'), t('diff.draft')) : h('p.soft', t('configuration.same')));
  };
  if (!ask.length) return dialog(t('preview'), () => h('p', t('preview.none')), {wide: true});
  const pick = h('select', {'aria-label': t('device'), onchange: (e) => show(e.target.value)}, ask.map((d) => h('option', {value: d.id},
    `${showMac(d.mac)} · ${d.owner.name} · ${nameOf(places, d.site_id)}`)));
  await show(ask[0].id);
  return dialog(t('preview'), () => [pick, place], {wide: true});
}

export async function configurationPage({params, signal}) {
  const scope = params.scope ?? 'organisation';
  const path = `/configuration/${scope}`;
  const [layer, list, places, drafts] = await Promise.all([get(path, {signal}), parameters(), sites(), all('/layers?unpublished=1')]);
  const waiting = new Set(drafts.map((l) => l.scope));
  const device = scope.startsWith('device/') ? await get(`/devices/${scope.slice(7)}`, {signal}) : null;
  const name = scopeName(scope, places, device);
  const state = h('p.soft', {role: 'status'});
  let dirty = false;
  const edit = editor(layer, list, () => {
    dirty = true;
    state.textContent = t('configuration.unsaved');
  });
  const store = async () => {
    try {
      await put(path, {values: edit.values()}, layer.etag);
    } catch (error) {
      if (edit.refuse(error)) return;
      throw error;
    }
    dirty = false;
    note(t('configuration.saved'));
    await again();
  };
  signal.addEventListener('abort', () => removeEventListener('beforeunload', unload));
  const unload = (event) => { if (dirty) event.preventDefault(); };
  addEventListener('beforeunload', unload);
  const buttons = can('operator') && h('div.buttons', action(t('save'), store, {kind: 'primary'}), action(t('preview'), () => preview(scope, places)),
    can('operator') && action(t('publish'), async () => { if (!dirty || await confirm(t('configuration.unsaved'), t('publish.unsaved'), {save: t('publish.anyway'), send: () => true}))
      if (await publish(scope, name)) await again(); }), state);
  queueMicrotask(() => guard(() => !dirty || window.confirm(t('configuration.leave'))));
  return {title: t('configuration.title', {name}), heading: name, above: h('p.above', t('nav.configuration')),
    below: h('p.under', t('configuration.text')),
    tools: can('operator') && [action(t('publish.all'), async () => { if (await publish('all', t('publish.everything'))) await again(); }), action(t('undo'), undo)],
    body: h('div.layered', await scopes(scope, waiting), h('section.layer', {'aria-label': name}, h('p.soft', t('configuration.count', {n: Object.keys(layer.values).length})), waiting.has(scope) && h('p.notice', t('configuration.layer-draft')),
      edit.node, buttons, device && h('p', h('a', {href: `/devices/${device.id}/configuration`}, t('configuration.see-device'))), await history(places)))};
}

