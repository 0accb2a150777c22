// A MAC address in any spelling: 00005e005321, 00:00:5e:00:53:21, 00-00-5E-00-53-21, 0000.5e00.5321, SEP00005E005321.

// The twelve digits, or what is wrong with the text: {digits} or {error, values}.
export function readMac(text) {
  const plain = text.normalize('NFKC').trim().replace(/^SEP(?=[0-9a-f]{12}$)/i, '').replace(/[\s:.\-‐‑−ー]/g, '');
  const strange = /[^0-9a-f]/i.exec(plain);
  if (!plain) return {error: 'mac.empty'};
  if (strange) return {error: 'mac.strange', values: {c: strange[0]}};
  if (plain.length < 12) return {error: 'mac.short', values: {n: 12 - plain.length}};
  if (plain.length > 12) return {error: 'mac.long', values: {n: plain.length - 12}};
  const digits = plain.toLowerCase();
  if (/^0+$/.test(digits) || /^f+$/.test(digits)) return {error: 'mac.nobody'};
  if (parseInt(digits[1], 16) & 1) return {error: 'mac.group'};
  return {digits};
}

// As it is written here: 00:00:5e:00:53:21.
export const showMac = (mac) => {
  const digits = String(mac ?? '').replace(/[^0-9a-f]/gi, '').toLowerCase();
  return digits.length === 12 ? digits.match(/../g).join(':') : String(mac ?? '');
};
