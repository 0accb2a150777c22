// The dictionaries of the page and its modules, without a browser: the same keys and values in every language, every text through a
// dictionary, every text used, and no markup made of strings.
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../share/web');
const faults = [];
const fault = (text) => faults.push(text);

function modules(folder = root) {
  return fs.readdirSync(folder, {withFileTypes: true}).flatMap((e) => {
    const name = path.join(folder, e.name);
    if (e.isDirectory()) return e.name === 'lang' ? [] : modules(name);
    return e.name.endsWith('.js') ? [{name: path.relative(root, name), text: fs.readFileSync(name, 'utf8')}] : [];
  });
}

const load = async (code) => (await import(pathToFileURL(path.join(root, 'lang', `${code}.js`)))).default;
const holes = (text) => [...new Set([text].flat().join(' ').match(/\{\w+\}/g) ?? [])].sort().join(' ');

async function dictionaries() {
  const en = await load('en');
  for (const file of fs.readdirSync(path.join(root, 'lang')).filter((f) => f !== 'en.js')) {
    const other = await load(file.slice(0, -3));
    for (const key of Object.keys(en)) {
      if (!(key in other)) fault(`${file} has no ${key}`);
      else if (holes(en[key]) !== holes(other[key])) fault(`${file} ${key}: other values than in English`);
      else if (![other[key]].flat().every((t) => t.trim())) fault(`${file} ${key} is empty`);
    }
    for (const key of Object.keys(other)) if (!(key in en)) fault(`${file} has ${key}, which English has not`);
  }
  return en;
}

// String literals and the fixed parts of templates; comments and regular expressions are stepped over.
function literals(text) {
  const found = [];
  const token = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`|(?<=[(,=:!&|?]\s*)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g;
  for (const m of text.matchAll(token)) {
    if (m[1] !== undefined) found.push(m[1]);
    else if (m[2] !== undefined) found.push(...m[2].split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/), ...[...m[2].matchAll(/\$\{((?:[^{}]|\{[^{}]*\})*)\}/g)].flatMap((i) => literals(i[1])));
  }
  return found;
}

// What reads like a text: two words, or a capital at the beginning. Not: names of things for the browser and for programs.
const KNOWN = [/^[a-z0-9-]+(\.[\w-]+)*$/, /^(GET|POST|PUT|PATCH|DELETE)$/, /^X-CSRF-Token$/, /^(Accept|Content-Type|If-Match)$/, /^http:\/\/www\.w3\.org/,
  /^-?[MmLlHhVvAaZzCcQqSsTt\d\s.,-]+$/, /^\d+ \d+ \d+ \d+$/, /^-13 -13 26 26$/, /^(Enter|Escape|ArrowDown|ArrowUp|AbortError)$/, /^[a-z\s#.,:>~()[\]=-]*[#[>(.][a-z\s#.,:>~()[\]=-]*$/, /^translate\(/,
  /^mac,model,/, /^dialtone probe /, /^\[data-name="$/, /^"\] :is\(/, /^0 0 $/, /^ :is/, /^use strict$/, /^(Yes|No)$/];
const reads = (s) => (/\p{L}{2,}\s+\p{L}{2,}/u.test(s) || /^\s*\p{Lu}\p{Ll}/u.test(s) || /[^\x00-\x7f]{2,}/.test(s)) && !KNOWN.some((k) => k.test(s));

function texts(all) {
  for (const {name, text} of all) {
    for (const s of literals(text)) if (reads(s)) fault(`${name}: a text stands in the module: ${JSON.stringify(s)}`);
    const markup = /\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function)\b/.exec(text);
    if (markup) fault(`${name}: ${markup[0]}`);
    if (/(local|session)Storage\.setItem\((?!'(theme|lang)')/.test(text)) fault(`${name}: keeps more than theme and language`);
  }
}

// Keys that are asked for by name exist; keys that nobody can ask for are left over.
function keys(all, en) {
  const source = all.map((m) => m.text).join('\n');
  const named = new Set(source.match(/(?<=')[a-z_]+(?:[.-][a-z_0-9-]+)*(?=')/g) ?? []);
  const heads = new Set([...source.matchAll(/`([a-z_]+\.[a-z.-]*)\$\{/g)].map((m) => m[1]));
  for (const m of source.matchAll(/\bword\('([\w.]+)'/g)) heads.add(`${m[1]}.`);
  const tails = new Set([...source.matchAll(/\bt\(`\$\{\w+\}([^`]*)`/g)].map((m) => m[1]));
  for (const m of source.matchAll(/\bt\('([^']+)'/g)) if (!(m[1] in en)) fault(`no text for ${m[1]}`);
  const served = (key) => named.has(key) || [...heads].some((h) => h && key.startsWith(h)) || [...tails].some((e) => e && key.endsWith(e));
  for (const key of Object.keys(en)) if (!served(key) && !/^language\./.test(key)) fault(`nobody asks for ${key}`);
}

function page() {
  const html = fs.readFileSync(path.join(root, 'index.html'), 'utf8');
  if (/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/.test(html)) fault('index.html: script or style stands in the page');
  for (const m of html.matchAll(/(?:src|href)="\/([^"]+)"/g)) if (!fs.existsSync(path.join(root, m[1]))) fault(`index.html: no ${m[1]}`);
}

const all = modules();
const en = await dictionaries();
texts(all);
keys(all, en);
page();
for (const f of faults) console.log(f);
console.log(`${all.length} modules, ${Object.keys(en).length} texts, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
