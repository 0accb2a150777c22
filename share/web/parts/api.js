// The hub's API: requests and answers in JSON, refusals as Problem. The token against forged requests is kept in memory only.

export const BASE = '/api/v1';
let csrf = '';
let onSignedOut = () => {};

export const useCsrf = (token) => { csrf = token ?? ''; };
export const whenSignedOut = (call) => { onSignedOut = call; };

// A refusal: `code` is the problem's own name ("mac-used"), `field` the field that it is about, if any.
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? body?.title ?? '');
    this.status = status;
    this.code = String(body?.type ?? '').replace(/^urn:dialtone:problem:/, '') || (status ? `http-${status}` : 'offline');
    this.title = body?.title ?? '';
    this.detail = body?.detail ?? '';
    this.field = body?.field ?? '';
    this.body = body ?? {};
  }
}

async function problemOf(answer) {
  let body = null;
  try {
    if (/json/.test(answer.headers.get('content-type') ?? '')) body = await answer.json();
  } catch {
    // The status alone says enough then.
  }
  return new Problem(answer.status, body);
}

async function send(method, path, {body, type, etag, signal, quiet} = {}) {
  const headers = {Accept: 'application/json'};
  if (csrf && method !== 'GET') headers['X-CSRF-Token'] = csrf;
  if (etag) headers['If-Match'] = etag;
  if (body !== undefined && type !== null) headers['Content-Type'] = type ?? 'application/json';
  let answer;
  try {
    answer = await fetch(BASE + path, {method, headers, signal, credentials: 'same-origin', cache: 'no-cache',
      body: body === undefined || type !== undefined ? body : JSON.stringify(body)});
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, null);
  }
  if (answer.ok) return answer;
  const problem = await problemOf(answer);
  if (answer.status === 401 && !quiet) onSignedOut();
  throw problem;
}

async function json(method, path, options) {
  const answer = await send(method, path, options);
  if (answer.status === 204 || !/json/.test(answer.headers.get('content-type') ?? '')) return null;
  const value = await answer.json();
  const etag = answer.headers.get('etag');
  if (etag && value && typeof value === 'object') Object.defineProperty(value, 'etag', {value: etag, enumerable: false});
  return value;
}

export const get = (path, options) => json('GET', path, options);
export const post = (path, body, options) => json('POST', path, {body: body ?? {}, ...options});
export const put = (path, body, etag) => json('PUT', path, {body, etag});
export const patch = (path, body, etag) => json('PATCH', path, {body, etag});
export const remove = (path, etag) => json('DELETE', path, {etag});
export const text = async (path, options) => (await send('GET', path, options)).text();

// `parts`: names and values of a query; empty values are left out.
export function query(parts) {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) if (value !== undefined && value !== null && value !== '') q.set(name, value);
  const asked = q.toString();
  return asked ? `?${asked}` : '';
}

// For what nobody waits for: an answer to a page that was left meanwhile is no trouble.
export const unlessLeft = (error) => { if (error.name !== 'AbortError') throw error; };

// Every page of a list, up to `most` items.
export async function all(path, most = 2000) {
  const items = [];
  let next = '';
  do {
    const page = await get(path + (path.includes('?') ? '&' : '?') + query({limit: 200, cursor: next}).slice(1));
    items.push(...page.items);
    next = page.next;
  } while (next && items.length < most);
  return items;
}
