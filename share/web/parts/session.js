// Who is signed in, and what his role reaches.
import {get, post, remove, useCsrf} from './api.js';
import * as live from './live.js';

let session = null;
const RANK = {reader: 0, operator: 1, admin: 2};

export const who = () => session;
export const can = (role) => Boolean(session) && (RANK[session.role] ?? 0) >= RANK[role];

function use(next) {
  session = next;
  useCsrf(next?.csrf);
  if (next) live.start();
  else live.stop();
  return next;
}

export async function resume() {
  try {
    return use(await get('/session', {quiet: true}));
  } catch (error) {
    if (error.status === 401 || error.status === 403) return use(null);
    throw error;
  }
}

export const signIn = async (user, password) => use(await post('/session', {user, password}, {quiet: true}));
export const setUp = async (values) => use(await post('/setup', values, {quiet: true}));
export const forget = () => use(null);

export async function signOut() {
  await remove('/session');
  use(null);
}
