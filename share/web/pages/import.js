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

const EXAMPLE = `mac,model,kind,owner,mail,site,number
00:00:5e:00:53:01,8851,person,Aiko Tanaka,aiko@example.com,Tokyo,2001
00:00:5e:00:53:02,8845,workspace,Lobby,,Tokyo,2002
`;
const PAGE = 100;

// What is made besides the device.
const made = (row) => ['new_owner', 'new_site', 'new_account'].filter((n) => row[n]).map((n) => t(`import.${n}`)).join(', ');

const columns = () => [
  {title: t('import.row'), kind: 'number', cell: (r) => number(r.line)},
  {title: t('device.mac'), kind: 'mono', cell: (r) => (r.device_id ? h('a', {href: `/devices/${r.device_id}`}, showMac(r.mac)) : showMac(r.mac))},
  {title: t('import.result'), cell: (r) => h(`span.result.${r.result}`, sign(r.result === 'good' ? 'check' : 'cross'), t(`import.${r.result}`))},
  {title: t('import.remark'), kind: 'text', cell: (r) => (r.problem ? problemText(new Problem(422, r.problem)) : made(r))},
];

// The rows, a hundred at a time; those that are refused come first.
function rows(result) {
  const place = h('div');
  let shown = PAGE;
  const only = h('select', {'aria-label': t('import.show'), onchange: () => { shown = PAGE; draw(); }},
    [['', t('filter.all')], ['refused', t('import.refused')], ['good', t('import.good')]].map(([v, text]) => h('option', {value: v}, text)));
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

const counts = (r) => h('ul.tiles', ['good', 'refused'].map((name) => h(`li.${name}`, h('span.n', number(r[name])), h('span', t(`import.${name}`)))));

export function importPage() {
  const place = h('div', {'aria-live': 'polite'});
  const send = (csv, how) => post(`/imports?${how}=1`, csv, {body: csv, type: 'text/csv'});
  const taken = (result) => {
    const heading = h('h2', {tabindex: -1}, t('import.done', {n: result.good}));
    replace(place, h('section', heading, counts(result), result.refused > 0 && rows(result), h('p.buttons', h('a.button.primary', {href: '/devices'}, t('nav.devices')))));
    heading.focus();
    note(t('import.done', {n: result.good}));
  };
  const look = async (file) => {
    replace(place, h('p.busy', t('import.reading', {name: file.name})));
    let result;
    const csv = await file.text();
    try {
      result = await send(csv, 'preview');
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      replace(place, h('p.alert', {role: 'alert'}, sign('warn'), problemText(error)));
      return;
    }
    const heading = h('h2', {tabindex: -1}, t('import.preview-of', {name: file.name, n: result.rows}));
    replace(place, h('section', heading, counts(result), result.refused > 0 && h('p.notice', t('import.refused-text')), h('p.buttons',
      result.good > 0 && action(t('import.apply', {n: result.good}), async () => taken(await send(csv, 'partial')), {kind: 'primary'}),
      h('button', {type: 'button', onclick: () => replace(place)}, t('cancel'))), rows(result)));
    heading.focus();
    say(t('import.said', {good: result.good, refused: result.refused}));
  };
  return {title: t('nav.import'), tools: h('a.button', {href: `${BASE}/export.csv`, download: 'dialtone-devices.csv'}, t('export.do')),
    body: [can('operator') && drop({label: t('import.choose'), hint: t('import.hint'), accept: '.csv,text/csv', take: look}).node, place,
      h('details.help', h('summary', t('import.format')), h('p', t('import.format-text')), snippet(EXAMPLE, t('import.example')))]};
}
