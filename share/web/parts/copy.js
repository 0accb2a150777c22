// Text to copy: a command, a snippet, a code. Selected where the clipboard is not allowed.
import {h} from './dom.js';
import {t} from './lang.js';
import {say} from './say.js';

async function copyFrom(node) {
  try {
    await navigator.clipboard.writeText(node.textContent);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(node);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.execCommand('copy');
  }
}

export function copyButton(node, what = '') {
  const button = h('button.copy', {type: 'button', 'aria-label': what ? t('copy.what', {what}) : null}, t('copy'));
  button.addEventListener('click', async () => {
    await copyFrom(node);
    button.textContent = t('copied');
    say(t('copied'));
    setTimeout(() => { button.textContent = t('copy'); }, 1500);
  });
  return button;
}

export function command(text) {
  const code = h('code', text);
  return h('div.command', code, copyButton(code, text));
}

export function snippet(text, label) {
  const code = h('code', text);
  return h('div.snippet', h('pre', {tabindex: 0, role: 'region', 'aria-label': label}, code), copyButton(code, label));
}
