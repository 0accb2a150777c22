// Coming in: the first administrator by the one-time link, and signing in.
import {h} from '../parts/dom.js';
import {t} from '../parts/lang.js';
import {field, form} from '../parts/form.js';
import {again, go} from '../parts/router.js';
import {setUp, signIn} from '../parts/session.js';

function enter(to) {
  document.dispatchEvent(new Event('signed-in'));
  go(to, {replaced: true});
}

// Only to an address of this page.
const inside = (to) => (to && /^\/(?![/\\])/.test(to) ? to : '/');

export function signinPage({query}) {
  const fields = [
    field({name: 'user', label: t('user.name'), required: true, autocomplete: 'username', autocapitalize: 'none'}),
    field({name: 'password', label: t('user.password'), kind: 'password', required: true, autocomplete: 'current-password'}),
  ];
  const send = async (values) => {
    await signIn(values.user.trim(), values.password);
    enter(inside(query.get('to')));
  };
  return {title: t('signin.title'), focus: fields[0].input,
    body: h('div.door', form({fields, save: t('signin.do'), send}).node, h('p.hint', t('signin.lost')))};
}

export const LEAST_PASSWORD = 10;

// Twice the same password, long enough: checked before it is sent.
export function passwordFields() {
  const first = field({name: 'password', label: t('user.password'), kind: 'password', required: true,
    hint: t('user.password-hint', {n: LEAST_PASSWORD}), autocomplete: 'new-password'});
  const second = field({name: '', label: t('user.password-again'), kind: 'password', required: true, autocomplete: 'new-password'});
  const bad = (at, text) => {
    at.error(text);
    return false;
  };
  first.check = () => first.value.length >= LEAST_PASSWORD || bad(first, t('user.password-short', {n: LEAST_PASSWORD}));
  second.check = () => first.value === second.value || bad(second, t('user.password-differs'));
  return [first, second];
}

export function setupPage({query, signal}) {
  const given = query.get('token') || decodeURIComponent(location.hash.slice(1)).replace(/^token=/, '');
  // The token leaves the address bar and the history at once.
  if (given) history.replaceState(null, '', '/setup');
  addEventListener('hashchange', () => again(), {signal});
  const token = field({name: 'token', label: t('setup.token'), value: given, required: true, mono: true, hint: t('setup.token-hint')});
  const user = field({name: 'user', label: t('user.name'), required: true, autocomplete: 'username', autocapitalize: 'none',
    hint: t('user.name-hint'), pattern: '[A-Za-z0-9._@\\-]+'});
  user.check = () => {
    if (!user.input.validity.patternMismatch) return true;
    user.error(t('user.name-hint'));
    return false;
  };
  const fields = [token, user, ...passwordFields()];
  const send = async (values) => {
    await setUp({token: values.token.trim(), user: values.user.trim(), password: values.password});
    enter('/');
  };
  return {title: t('setup.title'), focus: given ? user.input : token.input,
    body: h('div.door', h('p', t('setup.text')), form({fields, save: t('setup.do'), send}).node)};
}
