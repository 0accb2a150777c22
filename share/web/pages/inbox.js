// The inbox: phones that asked and are not known. They are made devices, or forgotten.
import {h} from '../parts/dom.js';
import {number, t, word} from '../parts/lang.js';
import {post, remove} from '../parts/api.js';
import {on} from '../parts/live.js';
import {action, choice, field} from '../parts/form.js';
import {ask} from '../parts/dialog.js';
import {listing, unhurried} from '../parts/table.js';
import {when} from '../parts/status.js';
import {showMac} from '../parts/mac.js';
import {models} from '../parts/names.js';
import {can} from '../parts/session.js';
import {go} from '../parts/router.js';
import {note} from '../parts/say.js';
import {macField, modelFinder, ownerFinder} from './add.js';

const proof = (u) => h(`span.proof${u.proven ? '.good' : ''}`, t(u.proven ? 'inbox.proven' : 'inbox.unproven'));

// A MAC address that looks like a mistyped one of the inventory: both are shown.
const near = (u) => (u.near ? h('span.soft.under-line', t(`inbox.near-${u.near.how}`), ' ', h('a', {href: `/devices/${u.near.device_id}`}, h('span.mac', showMac(u.near.mac)))) : null);

const said = (u) => (u.mac ? [h('span.mac', showMac(u.mac)), near(u)] : !u.macs?.length ? t('inbox.nobody') : [t('inbox.guesses', {n: u.macs.length}), h('ul.macs', u.macs.slice(0, 4).map((m) =>
  h('li', h('span.mac', showMac(m)))))]);

// What it said of itself is filled in; a MAC address that was not proven has to be typed by whoever knows it.
async function adopt(u) {
  const kinds = await models();
  const known = kinds.find((m) => u.model && (m.name === u.model || m.psn === u.model || u.model.includes(m.name)));
  const model = await modelFinder({value: known ?? null});
  const person = ownerFinder('person', {required: false});
  const room = ownerFinder('workspace', {required: false});
  room.node.hidden = true;
  const usage = choice({name: 'usage', label: t('add.usage'), value: 'person', onchange: (v) => {
    person.node.hidden = v !== 'person';
    room.node.hidden = v === 'person';
  }, options: [{value: 'person', title: t('add.personal'), icon: 'user'}, {value: 'workspace', title: t('add.shared'), icon: 'room'}]});
  for (const [kind, owner] of [['person', person], ['workspace', room]]) {
    owner.check = () => {
      if (usage.value !== kind || owner.value) return true;
      owner.error(t('find.choose'));
      return false;
    };
  }
  room.name = 'room';
  const number = field({name: 'number', label: t('add.number'), hint: t('add.number-hint'), mono: true, maxlength: 32});
  number.covers = ['bad-number', 'number-used', 'user-used'];
  const mac = u.mac ? null : macField();
  const made = await ask(t('inbox.adopt-title'), {text: u.mac && t('inbox.adopt-text', {mac: showMac(u.mac)}), fields: [mac, usage, person, room, model, number].filter(Boolean),
    save: t('inbox.adopt'), send: (v) => {
      const owner = v.usage === 'person' ? v.owner : v.room;
      const body = {owner: {kind: v.usage, id: owner.id}, model: v.model.name};
      if (mac) body.mac = v.mac;
      if (v.number.trim()) body.number = v.number.trim();
      return post(`/unknown/${u.id}/adopt`, body);
    }});
  if (!made) return;
  note(t('inbox.adopted', {mac: showMac(made.mac)}));
  go(`/devices/${made.id}`);
}

export async function inboxPage({signal}) {
  const columns = [
    {title: t('device.mac'), cell: said},
    {title: t('inbox.proof'), cell: (u) => [proof(u), u.certificate && u.certificate !== 'valid' && h('span.soft.under-line', word('certificate', u.certificate))]},
    {title: t('device.model'), cell: (u) => [h('span', u.model), u.serial && h('span.soft.mono.under-line', u.serial)]},
    {title: t('inbox.source'), cell: (u) => [h('span.mono', u.source), h('span.soft.under-line', word('way', u.how))]},
    {title: t('inbox.count'), kind: 'number', cell: (u) => number(u.count)},
    {title: t('device.seen'), cell: (u) => when(u.last_seen)},
  ];
  let list = null;
  if (can('operator')) {
    columns.push({title: t('actions'), kind: 'tools', cell: (u) => [action(t('inbox.adopt'), () => adopt(u), {kind: u.proven ? 'primary' : ''}),
      action(t('inbox.dismiss'), async () => {
        await remove(`/unknown/${u.id}`);
        list.drop(u.id);
        note(t('inbox.dismissed'));
        (list.node.querySelector('button') ?? document.querySelector('h1')).focus();
      })]});
  }
  list = listing({caption: t('nav.inbox'), path: '/unknown', columns, empty: t('inbox.empty'), signal});
  await list.load({quiet: true});
  const anew = unhurried(() => list.load({quiet: true}), 200);
  for (const name of ['unknown.added', 'reset']) on(name, anew, signal);
  return {title: t('nav.inbox'), body: [h('p.lead', t('inbox.text')), list.node]};
}
