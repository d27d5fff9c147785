// What is written and not saved yet: kept on the device, in the order in which it was written, also
// while the browser is closed. Each stands under a name of its own, so that two tabs of one phone
// don't overwrite each other's; both may send it, for the key is the same.

const { code } = document.body.dataset;
const OUT = `sheaf-unsent-${code}-`;

// Some browsers keep nothing (private windows); the page works all the same.
export const store = {
  get(name) { try { return localStorage.getItem(`${name}-${code}`) ?? ""; } catch { return ""; } },
  set(name, value) { try { localStorage.setItem(`${name}-${code}`, value); } catch { /* kept in the page only */ } },
};

export const unsent = new Map( // key → { at, action, who, refused }
  all().map(([name, value]) => [name.slice(OUT.length), JSON.parse(value)]).sort((a, b) => a[1].at - b[1].at),
);

function all() {
  try { return Object.entries(localStorage).filter(([name]) => name.startsWith(OUT)); } catch { return []; }
}

export function keep(key, one) {
  unsent.set(key, one);
  try { localStorage.setItem(OUT + key, JSON.stringify(one)); } catch { /* kept in the page only */ }
}

export function forget(key) {
  unsent.delete(key);
  try { localStorage.removeItem(OUT + key); } catch { /* nor was it kept */ }
}
