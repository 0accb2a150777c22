// What must hold, counted; the end of a test says how many did not.
let failed = 0;

export function check(what, holds, more = '') {
  if (holds) return;
  failed++;
  console.log(`FAILED: ${what}${more === '' ? '' : `: ${more}`}`);
}

export const same = (what, is, should) => check(what, is === should, `is ${JSON.stringify(is)}, should be ${JSON.stringify(should)}`);

export const holds = (what, text, part) => check(what, String(text).includes(part), `${JSON.stringify(part)} is not in ${JSON.stringify(text)}`);

export const failures = () => failed;
