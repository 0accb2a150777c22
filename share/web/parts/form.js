// Fields with their label, hint and refusal, and forms that send them and show each refusal where it belongs.
import {h, replace, sign, unique} from './dom.js';
import {has, t} from './lang.js';
import {Problem} from './api.js';

// The words of a refusal: ours where there are some (they say what to do), else the hub's.
export function problemText(problem) {
  if (!(problem instanceof Problem)) return t('problem.page', {text: problem.message});
  const key = `problem.${problem.code}`;
  const told = problem.detail || problem.title;
  if (has(key)) return t(key, {...problem.body, detail: told});
  return told || t('problem.other', {status: problem.status});
}

// A field: {node, input, name, value, error(text)}. `kind`: text, password, number, area, select, check.
export function field({name, label, kind = 'text', hint, value = '', options = [], required = false, mono = false, ...rest}) {
  const id = unique(name);
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const attributes = {id, name, required: required || null, 'aria-describedby': hint ? hintId : null,
    autocomplete: 'off', spellcheck: 'false', class: mono ? 'mono' : null, ...rest};
  let input;
  if (kind === 'area') input = h('textarea', {rows: 4, ...attributes, value});
  else if (kind === 'select') {
    input = h('select', attributes, options.map(([v, text]) => h('option', {value: v, selected: String(v) === String(value)}, text)));
  } else if (kind === 'check') input = h('input', {...attributes, type: 'checkbox', checked: Boolean(value)});
  else input = h('input', {...attributes, type: kind, value: value ?? ''});
  const problem = h('p.refusal', {id: errorId, hidden: true});
  const error = (text) => {
    problem.hidden = !text;
    replace(problem, text && [sign('warn'), h('span', text)]);
    input.toggleAttribute('aria-invalid', Boolean(text));
    if (text) input.setAttribute('aria-invalid', 'true');
    const described = [hint && hintId, text && errorId].filter(Boolean).join(' ');
    if (described) input.setAttribute('aria-describedby', described);
    else input.removeAttribute('aria-describedby');
  };
  const title = h('label', {for: id}, label, !required || kind === 'check' ? null : h('span.must', {'aria-hidden': 'true'}, '*'));
  const node = h(`div.field.${kind}`, kind === 'check' ? [input, title] : [title, input],
    hint && h('p.hint', {id: hintId}, hint), problem);
  if (kind !== 'area') input.addEventListener('input', () => error(''));
  return {node, input, name, label, error, get value() { return kind === 'check' ? input.checked : input.value; },
    set value(v) { if (kind === 'check') input.checked = v; else input.value = v; }};
}

// A choice of one of few: cards with a title and a line of text each.
export function choice({name, label, value, options, onchange}) {
  const cards = options.map(({value: v, title, text, icon}) => {
    const id = unique(name);
    return h('label.card', {for: id}, h('input', {type: 'radio', id, name, value: v, checked: v === value,
      onchange: () => onchange?.(v)}), icon && sign(icon), h('span', h('strong', title), text && h('span.soft', text)));
  });
  const node = h('fieldset.choice', h('legend', label), h('div.cards', cards));
  return {node, name, label, error: () => {}, input: node.querySelector('input'),
    get value() { return node.querySelector('input:checked')?.value ?? ''; }};
}

function place(fields, problem) {
  const at = fields.find((f) => f.name === problem.field || (f.covers ?? []).includes(problem.field) ||
    (f.covers ?? []).includes(problem.code));
  if (!at) return false;
  at.error(problemText(problem));
  at.input.focus();
  return true;
}

function missing(fields) {
  let first = null;
  for (const f of fields) {
    const empty = f.input.required && !String(f.value).trim();
    if (empty) f.error(t('field.missing'));
    const bad = empty || (f.check && !f.check());
    if (bad && !first) first = f;
  }
  first?.input.focus();
  return Boolean(first);
}

// A form: fields, a button, and what to do with the values. A refusal stands at its field, or above the buttons.
export function form({fields, save = t('save'), send, cancel, extra, danger = false}) {
  const alert = h('div', {role: 'alert'});
  const button = h(`button.primary${danger ? '.danger' : ''}`, {type: 'submit'}, save);
  const node = h('form', {novalidate: true}, fields.map((f) => f.node), extra, alert, h('div.buttons', button,
    cancel && h('button', {type: 'button', onclick: cancel}, t('cancel'))));
  const fail = (error) => {
    if (error.name === 'AbortError') return;
    if (error instanceof Problem && place(fields, error)) return;
    replace(alert, h('p.alert', sign('warn'), h('span', problemText(error))));
    if (!(error instanceof Problem)) throw error;
  };
  node.addEventListener('submit', async (event) => {
    event.preventDefault();
    replace(alert);
    if (node.getAttribute('aria-busy') || missing(fields)) return;
    node.setAttribute('aria-busy', 'true');
    button.disabled = true;
    try {
      await send(Object.fromEntries(fields.filter((f) => f.name).map((f) => [f.name, f.value])));
    } catch (error) {
      button.disabled = false;
      fail(error);
    } finally {
      node.removeAttribute('aria-busy');
      button.disabled = false;
    }
  });
  return {node, fail, button};
}

// A button that does something that may be refused: it is busy meanwhile, and tells.
export function action(label, call, {kind = '', icon, fail} = {}) {
  const button = h(`button${kind ? `.${kind}` : ''}`, {type: 'button'}, icon && sign(icon), h('span', label));
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-busy')) return;
    button.setAttribute('aria-busy', 'true');
    try {
      await call(button);
    } catch (error) {
      if (error.name !== 'AbortError') (fail ?? defaultFail)(error);
    } finally {
      button.removeAttribute('aria-busy');
    }
  });
  return button;
}

let defaultFail = (error) => { throw error; };
export const whenActionFails = (call) => { defaultFail = call; };
