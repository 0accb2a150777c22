// Dialogs: the browser's own, which keeps the keyboard inside, closes on Escape and gives the keyboard back.
import {h, replace, sign, unique} from './dom.js';
import {t} from './lang.js';
import {form} from './form.js';

// Opens a dialog. `body` gets close(); what it returns is shown. Resolves with what close() was given, undefined on Escape.
export function dialog(title, body, {wide = false} = {}) {
  const from = document.activeElement;
  const id = unique('dialog');
  const node = h(`dialog${wide ? '.wide' : ''}`, {'aria-labelledby': id});
  let result;
  const close = (value) => {
    result = value;
    node.close();
  };
  replace(node, h('div.dialog-head', h('h2', {id}, title),
    h('button.quiet', {type: 'button', 'aria-label': t('close'), onclick: () => close()}, sign('cross'))), body(close));
  document.body.append(node);
  const done = new Promise((resolve) => {
    node.addEventListener('close', () => {
      node.remove();
      if (from?.isConnected) from.focus();
      resolve(result);
    });
  });
  node.showModal();
  const first = node.querySelector('[autofocus], form input:not([type=hidden]), form select, form textarea');
  (first ?? node.querySelector('button.primary') ?? node.querySelector('button'))?.focus();
  return done;
}

// A form in a dialog; closes when what was sent was taken.
export const ask = (title, {text, fields = [], save, send, danger = false, wide = false}) => dialog(title, (close) => [
  text && h('p', text),
  form({fields, save, danger, cancel: () => close(), send: async (values) => close(await send(values) ?? true)}).node,
], {wide});

// Yes or no, before something that reaches people.
export const confirm = (title, text, {save, danger = false, send}) => ask(title, {text, save, danger, send});
