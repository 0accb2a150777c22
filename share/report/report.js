/* Comfort for the HTML report: copying commands, searching the raw logs, opening what is folded. The
 * page is complete without it. */
(() => {
  'use strict';
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));

  // Parts of a long log are laid out only when they come into view, which moves what is below: show, then again.
  const show = (node) => {
    const block = node.matches('.log [data-n]') ? 'center' : 'start';
    node.scrollIntoView({block});
    requestAnimationFrame(() => requestAnimationFrame(() => node.scrollIntoView({block})));
  };

  // -- commands
  const copyText = async (code) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand('copy');
    }
  };
  for (const button of all('button.copy')) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener('click', async () => {
      await copyText(button.previousElementSibling);
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 1500);
    });
  }

  // -- folded parts: on paper what matters is opened; a link into one opens it
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = all('.finding:not(.info) details:not([open])');
    opened.forEach((d) => { d.open = true; });
  });
  addEventListener('afterprint', () => { opened.forEach((d) => { d.open = false; }); });
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const folded = target.querySelector(':scope > details.minor') ?? target.closest('details');
    if (folded) folded.open = true;
    show(target);
  };
  addEventListener('hashchange', reveal);
  reveal();

  // -- search
  const form = document.querySelector('form.search');
  if (!form) return;
  form.hidden = false;
  const input = form.querySelector('#q');
  const count = form.querySelector('#count');
  const canPaint = typeof Highlight === 'function' && CSS.highlights;
  let lines = null;
  let hits = [];
  let at = -1;

  const read = () => {
    lines = all('.log [data-n]').map((node) => ({node, text: node.firstChild.data.toLowerCase()}));
  };
  const paint = (words) => {
    if (!canPaint) return;
    const found = new Highlight();
    for (const {node, text} of hits.slice(0, 5000)) {
      for (let i = text.indexOf(words); i >= 0; i = text.indexOf(words, i + words.length)) {
        const end = Math.min(i + words.length, node.firstChild.length);
        const range = new StaticRange({startContainer: node.firstChild, startOffset: Math.min(i, end),
          endContainer: node.firstChild, endOffset: end});
        found.add(range);
      }
    }
    CSS.highlights.set('found', found);
  };
  const tell = () => {
    count.textContent = hits.length ? `${at + 1} / ${hits.length}` : input.value ? count.dataset.none : '';
  };
  const go = (step) => {
    if (!hits.length) return;
    if (at >= 0) hits[at].node.classList.remove('here');
    at = (at + step + hits.length) % hits.length;
    hits[at].node.classList.add('here');
    show(hits[at].node);
    tell();
  };
  const search = () => {
    if (!lines) read();
    const words = input.value.toLowerCase();
    hits.forEach((h) => h.node.classList.remove('hit', 'here'));
    hits = words ? lines.filter((l) => l.text.includes(words)) : [];
    hits.forEach((h) => h.node.classList.add('hit'));
    at = -1;
    if (canPaint) CSS.highlights.delete('found');
    if (words) paint(words);
    tell();
    go(1);
  };
  let last = '';
  let timer = 0;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => { last = input.value; search(); }, 150);
  });
  const step = (by) => {
    clearTimeout(timer);
    if (input.value !== last) {
      last = input.value;
      search();
    } else {
      go(by);
    }
  };
  form.addEventListener('submit', (event) => { event.preventDefault(); step(1); });
  form.querySelector('#prev').addEventListener('click', () => step(-1));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.shiftKey) {
      event.preventDefault();
      step(-1);
    } else if (event.key === 'Escape') {
      input.value = '';
      last = '';
      search();
    }
  });
})();
