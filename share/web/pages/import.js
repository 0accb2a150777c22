// Devices by the hundred: a file is looked through first, every row that would be refused is shown, and only then is it taken. And out again.
import {h, replace, sign} from '../parts/dom.js';
import {number, t} from '../parts/lang.js';
import {BASE, post, Problem} from '../parts/api.js';
import {drop} from '../parts/drop.js';
import {action, problemText} from '../parts/form.js';
import {table} from '../parts/table.js';
import {snippet} from '../parts/copy.js';
import {showMac} from '../parts/mac.js';
import {can} from '../parts/session.js';
import {note, say} from '../parts/say.js';

const EXAMPLE = `mac,model,owner,usage,mail,site,number
00:00:5e:00:53:01,8851,Aiko Tanaka,personal,aiko@example.com,Tokyo,2001
00:00:5e:00:53:02,8845,Lobby,shared,,Tokyo,2002
`;
const PAGE = 100;

const why = (row) => (row.problem ? problemText(new Problem(422, row.problem)) : '');

const columns = () => [
  {title: t('import.row'), kind: 'number', cell: (r) => number(r.row)},
  {title: t('device.mac'), kind: 'mono', cell: (r) => (r.device_id && r.result !== 'refused' ? h('a', {href: `/devices/${r.device_id}`}, showMac(r.mac)) : showMac(r.mac))},
  {title: t('owner'), cell: (r) => r.name ?? ''},
  {title: t('import.result'), cell: (r) => h(`span.result.${r.result}`, sign({added: 'plus', unchanged: 'dash', refused: 'cross'}[r.result]), t(`import.${r.result}`))},
  {title: t('import.why'), kind: 'text', cell: why},
];

// The rows, a hundred at a time; those that are refused come first.
function rows(result) {
  const place = h('div');
  let shown = PAGE;
  const only = h('select', {'aria-label': t('import.show'), onchange: () => { shown = PAGE; draw(); }},
    [['', t('filter.all')], ['refused', t('import.refused')], ['added', t('import.added')], ['unchanged', t('import.unchanged')]].map(([v, text]) => h('option', {value: v}, text)));
  const draw = () => {
    const items = result.items.filter((r) => !only.value || r.result === only.value);
    replace(place, table(t('import.preview'), columns(), items.slice(0, shown)), items.length > shown && h('button', {type: 'button', onclick: () => {
      shown += PAGE;
      draw();
    }}, t('list.more')), items.length === 0 && h('p.soft', t('list.empty')));
  };
  draw();
  return [h('div.filters', h('label.filter', h('span', t('import.show')), only)), place];
}

const counts = (r) => h('ul.tiles', ['added', 'unchanged', 'refused'].map((name) => h(`li.${name}`, h('span.n', number(r[name])), h('span', t(`import.${name}`)))));

export function importPage() {
  const place = h('div', {'aria-live': 'polite'});
  const send = (csv, preview) => post(`/imports${preview ? '?preview=1' : ''}`, csv, {body: csv, type: 'text/csv'});
  const taken = (result) => {
    const heading = h('h2', {tabindex: -1}, t('import.done', {n: result.added}));
    replace(place, h('section', heading, counts(result), result.refused > 0 && rows(result), h('p.buttons', h('a.button.primary', {href: '/devices'}, t('nav.devices')))));
    heading.focus();
    note(t('import.done', {n: result.added}));
  };
  const look = async (file) => {
    replace(place, h('p.busy', t('import.reading', {name: file.name})));
    let result;
    const csv = await file.text();
    try {
      result = await send(csv, true);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      replace(place, h('p.alert', {role: 'alert'}, sign('warn'), problemText(error)));
      return;
    }
    const heading = h('h2', {tabindex: -1}, t('import.preview-of', {name: file.name, n: result.rows}));
    replace(place, h('section', heading, counts(result), result.refused > 0 && h('p.notice', t('import.refused-text')), h('p.buttons',
      result.added > 0 && action(t('import.apply', {n: result.added}), async () => taken(await send(csv, false)), {kind: 'primary'}),
      h('button', {type: 'button', onclick: () => replace(place)}, t('cancel'))), rows(result)));
    heading.focus();
    say(t('import.said', {added: result.added, refused: result.refused}));
  };
  return {title: t('nav.import'), tools: h('a.button', {href: `${BASE}/export.csv`, download: 'dialtone-devices.csv'}, t('export.do')),
    body: [can('operator') && drop({label: t('import.choose'), hint: t('import.hint'), accept: '.csv,text/csv', take: look}).node, place,
      h('details.help', h('summary', t('import.format')), h('p', t('import.format-text')), snippet(EXAMPLE, t('import.example')))]};
}
