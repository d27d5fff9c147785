// Puts fragments where they belong. A fragment's id says it: `B-17` is card 17 in the list `B`,
// an id without a hyphen stands once. A frame names the whole of each subject it speaks of, so
// older fragments of that subject go. Elements are moved rather than made anew where that is
// possible, so that focus, scrolling and what somebody has picked stay.

export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}

export function place(html, gone = []) {
  const arrived = parse(html);
  const focus = holdFocus();
  const wanted = new Map(gone.map((subject) => [subject, new Set()]));
  for (const element of arrived) {
    const [listId, subject] = split(element.id);
    // One's own card says nothing of what the room reads of it.
    if (subject && listId !== "mine") (wanted.get(subject) ?? wanted.set(subject, new Set()).get(subject)).add(element.id);
  }
  for (const [subject, ids] of wanted) {
    for (const old of fragmentsOf(subject)) if (!ids.has(old.id)) old.remove();
  }
  for (const quoted of gone.flatMap(quotesOf)) quoted.remove();
  arrived.forEach(put);
  focus();
  return wanted;
}

// What may no longer be shown is not seen from now on, and nothing moves yet.
export function conceal(gone) {
  for (const subject of gone) {
    for (const old of [...fragmentsOf(subject), ...quotesOf(subject)]) old.style.visibility = "hidden";
  }
}

// Its words in a dialog that is open.
const quotesOf = (subject) => [...document.querySelectorAll(`[data-quotes="${subject}"]`)];

// One's own cards stay in "Yours", whatever became of them.
function fragmentsOf(subject) {
  return [...document.querySelectorAll("[data-list]:not(#mine)")]
    .map((list) => document.getElementById(`${list.id}-${subject}`)).filter(Boolean);
}

// `B-17` → ["B", "17"], `tally` → ["", ""]
function split(id) {
  const at = id.lastIndexOf("-");
  return at < 0 ? ["", ""] : [id.slice(0, at), id.slice(at + 1)];
}

function put(element) {
  const [listId] = split(element.id);
  const old = document.getElementById(element.id);
  if (!listId) {
    old?.replaceWith(element);
    return;
  }
  const list = document.getElementById(listId);
  if (!list || (!old && isUnheld(element))) return;
  insert(old ? refresh(old, element) : element, list);
}

// Puts an element where its rank says. Lists are in order, and what is new comes mostly last.
export function insert(element, list) {
  let next = null;
  for (let other = list.lastElementChild; other; other = other.previousElementSibling) {
    if (other === element) continue;
    if (!comesAfter(other, element, list)) break;
    next = other;
  }
  if (element.parentNode === list && element.nextElementSibling === next) return;
  if (element.isConnected && list.moveBefore) list.moveBefore(element, next);
  else list.insertBefore(element, next);
}

// A page holds the newest cards; of older ones it takes no notice until it has loaded them.
function isUnheld(element) {
  const [listId, subject] = split(element.id);
  return listId !== "mine" && /^\d+$/.test(subject)
    && Number(subject) < Number(document.body.dataset.first);
}

function refresh(old, element) {
  if ("shell" in element.dataset) {
    for (const { name, value } of element.attributes) old.setAttribute(name, value);
    for (const part of [...element.children]) {
      if (!("list" in part.dataset)) document.getElementById(part.id)?.replaceWith(part);
    }
    return old;
  }
  carry(old, element);
  const box = old.querySelector("input.pick");
  if (box) return renew(old, element, box);
  const picked = [...old.querySelectorAll("input")].map((input) => input.checked);
  element.querySelectorAll("input").forEach((input, nth) => { if (picked[nth]) input.checked = true; });
  old.replaceWith(element);
  return element;
}

// On the board a card and its box stay the same: somebody may stand on it or have it in hand.
function renew(old, element, box) {
  for (const { name, value } of element.attributes) old.setAttribute(name, value);
  const fresh = element.querySelector("input.pick");
  giveSiblings(box, fresh);
  if (box.parentElement !== old) giveSiblings(box.parentElement, fresh.parentElement);
  return old;
}

// What the page's own script has added for one reader stays.
function giveSiblings(kept, model) {
  const all = [...model.parentNode.childNodes], at = all.indexOf(model);
  for (const one of [...kept.parentNode.childNodes]) {
    if (one !== kept && !(one.dataset && "own" in one.dataset)) one.remove();
  }
  kept.before(...all.slice(0, at));
  kept.after(...all.slice(at + 1));
}

// What somebody has opened or is writing in a card stays as it is.
function carry(old, element) {
  for (const { className } of old.querySelectorAll("details[open]")) {
    element.querySelector(`details.${className}`)?.setAttribute("open", "");
  }
  for (const written of old.querySelectorAll("textarea[id], [type=number][id]")) {
    const box = element.querySelector(`#${written.id}`);
    if (box && written.value !== written.defaultValue) box.value = written.value;
  }
}

function comesAfter(other, one, list) {
  const a = rank(other), b = rank(one);
  if ("newest" in list.dataset) return a < b;
  return a > b || (a === b && order(other) > order(one));
}

// Of the same rank: cards by number, themes by letter, as a fresh page has them.
function order(element) {
  const [, subject] = split(element.id);
  return Number(subject) || subject;
}

const rank = (element) => Number(element.dataset.rank ?? split(element.id)[1]);

// Whoever stands on a card stands on it still when it was moved or changed by somebody else.
function holdFocus() {
  const active = document.activeElement;
  const holder = active?.closest("li[id], section[id]");
  const [, subject] = split(holder?.id ?? "");
  if (!subject) return () => {};
  const nth = [...holder.querySelectorAll(STANDS)].indexOf(active);
  return () => {
    if (document.activeElement === active) return;
    const same = document.getElementById(holder.id)
      ?? document.querySelector(`main li[id$="-${subject}"]`);
    const all = same?.querySelectorAll(STANDS);
    (all?.[nth] ?? all?.[0])?.focus({ preventScroll: true });
  };
}

const STANDS = "input, button, a, select";
