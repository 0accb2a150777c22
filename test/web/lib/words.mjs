// The page's own dictionaries: a test looks for what the page says in a language.
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../share/web/lang');

export const wordsOf = async (code) => (await import(pathToFileURL(path.join(folder, `${code}.js`)))).default;

export function say(words, key, values = {}) {
  const text = Array.isArray(words[key]) ? words[key][values.n === 1 ? 0 : words[key].length - 1] : words[key];
  return text.replace(/\{(\w+)\}/g, (all, name) => (typeof values[name] === 'number' ? values[name].toLocaleString('en') : values[name] ?? ''));
}
