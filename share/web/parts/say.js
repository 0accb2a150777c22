// What a screen reader is told, and short messages that everybody sees.
import {h, sign} from './dom.js';
import {t} from './lang.js';

const polite = h('div.unseen', {role: 'status', 'aria-live': 'polite'});
const notes = h('div.notes', {role: 'region', 'aria-live': 'polite'});
const SHOWN = 8000;

export function placeSpeech(body) {
  notes.setAttribute('aria-label', t('notes.label'));
  body.append(polite, notes);
}

// Said, not shown: a change that eyes see by themselves.
export function say(text) {
  polite.textContent = '';
  setTimeout(() => { polite.textContent = text; }, 50);
}

// Shown for some seconds, and said. It stays while the mouse or the keyboard is on it.
export function note(text, kind = 'done') {
  const close = h('button.quiet', {type: 'button', 'aria-label': t('notes.close'), onclick: () => box.remove()}, sign('cross'));
  const box = h(`div.note.${kind}`, sign(kind === 'done' ? 'check' : 'warn'), h('p', text), close);
  notes.append(box);
  while (notes.children.length > 3) notes.firstChild.remove();
  const leave = () => (box.matches(':hover, :focus-within') ? setTimeout(leave, 1000) : box.remove());
  setTimeout(leave, SHOWN);
}
