// Lists that many pages need: sites, models, registrars. Asked once, and anew after a change.
import {all} from './api.js';

const kept = new Map();

function list(path) {
  if (!kept.has(path)) {
    const asked = all(path);
    asked.catch(() => kept.delete(path));
    kept.set(path, asked);
  }
  return kept.get(path);
}

export const forgetNames = () => kept.clear();
export const sites = () => list('/sites');
export const models = () => list('/models');
export const registrars = () => list('/registrars');
export const parameters = () => list('/parameters');
export const nameOf = (items, id) => items.find((i) => i.id === id)?.name ?? '';
