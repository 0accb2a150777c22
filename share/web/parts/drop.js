// A place for a file: dropped on it, or chosen by a button that the keyboard reaches.
import {h, sign, unique} from './dom.js';
import {t} from './lang.js';

export function drop({label, hint, accept, take}) {
  const id = unique('file');
  const input = h('input.unseen', {type: 'file', id, accept, 'aria-describedby': `${id}-hint`});
  const node = h('div.drop', input, sign('file'), h('p', h('label', {for: id}, label), ' ', h('span.soft', t('drop.or'))),
    h('p.hint', {id: `${id}-hint`}, hint));
  const given = (files) => { if (files?.[0]) take(files[0]); };
  input.addEventListener('change', () => {
    given(input.files);
    input.value = '';
  });
  for (const name of ['dragenter', 'dragover']) {
    node.addEventListener(name, (event) => {
      event.preventDefault();
      node.classList.add('over');
    });
  }
  for (const name of ['dragleave', 'drop']) node.addEventListener(name, () => node.classList.remove('over'));
  node.addEventListener('drop', (event) => {
    event.preventDefault();
    given(event.dataTransfer.files);
  });
  return {node, input};
}
