// The page in people's hands: nothing they write is lost, and they see what became of it.

import { isOpen, line, start, words } from "./live.js";
import { newKey, perform } from "./outbox.js";

const { code } = document.body.dataset;
const form = document.getElementById("post");
const box = form.elements.namedItem("text");
const said = document.getElementById("said");
const refused = document.getElementById("refused");
const unsent = document.getElementById("unsent");
const DRAFT = `sheaf-draft-${code}`;
const OUT = `sheaf-unsent-${code}-`;

// Some browsers keep nothing (private windows); the page works all the same.
const store = {
  get(name) { try { return localStorage.getItem(name) ?? ""; } catch { return ""; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* kept in the page only */ } },
  remove(name) { try { localStorage.removeItem(name); } catch { /* nor was it kept */ } },
  all(prefix) { try { return Object.entries(localStorage).filter(([name]) => name.startsWith(prefix)); } catch { return []; } },
};
// What is unsent, in the order it was written. Each stands under a name of its own, so that two
// tabs of one phone don't overwrite each other's; both may send it, for the key is the same.
const kept = new Map( // key → { at, action, refused }
  store.all(OUT).map(([name, value]) => [name.slice(OUT.length), JSON.parse(value)]).sort((a, b) => a[1].at - b[1].at),
);

if (!box.value) box.value = store.get(DRAFT);
box.addEventListener("input", () => store.set(DRAFT, box.value));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  refused.textContent = "";
  const action = read();
  if (!action.text.trim()) { box.focus(); return; }
  const key = newKey();
  keep(key, { at: Date.now(), action });
  box.value = "";
  store.set(DRAFT, "");
  for (const choice of form.querySelectorAll('[name="kind"]')) choice.checked = false;
  box.focus();
  go(key, action);
});

function read() {
  const data = new FormData(form);
  const action = { action: "post", text: String(data.get("text")) };
  if (data.get("kind")) action.kind = data.get("kind");
  if (data.get("prompt")) action.prompt = Number(data.get("prompt"));
  if (data.get("name")) action.name = data.get("name");
  return action;
}

async function go(key, action) {
  said.className = "";
  said.textContent = isOpen() ? words.sending : words.waiting;
  show();
  const receipt = await perform(action, key);
  if (receipt.status === "saved") {
    said.textContent = words.saved.replace("{}", receipt.number);
    said.className = "saved";
  } else {
    said.textContent = "";
    refused.textContent = receipt.reason;
    if (box.value) {
      keep(key, { ...kept.get(key), action, refused: receipt.reason });
      show();
      return;
    }
    putBack(action);
  }
  forget(key);
}

function putBack(action) {
  box.value = action.text;
  store.set(DRAFT, box.value);
  for (const choice of form.querySelectorAll('[name="kind"]')) choice.checked = choice.value === action.kind;
}

function keep(key, one) {
  kept.set(key, one);
  store.set(OUT + key, JSON.stringify(one));
}

function forget(key) {
  kept.delete(key);
  store.remove(OUT + key);
  show();
}

// What has not been saved yet stands above one's own cards, so that nobody wonders.
function show() {
  unsent.hidden = !kept.size;
  unsent.replaceChildren(...[...kept].map(([key, { action, refused: why }]) => {
    const card = document.createElement("li");
    card.className = "card";
    const voice = card.appendChild(document.createElement("p"));
    voice.className = "voice";
    voice.dir = "auto";
    voice.textContent = action.text;
    const about = card.appendChild(document.createElement("p"));
    about.className = "about";
    if (why) {
      about.textContent = why;
      card.append(button(words.again, () => { forget(key); putBack(action); box.focus(); }));
      card.append(button(words.away, () => forget(key)));
    } else {
      about.textContent = isOpen() ? words.sending : words.waiting;
    }
    return card;
  }));
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

// Saying it in other words, and taking it back.
document.querySelector("main").addEventListener("submit", async (event) => {
  const form_ = event.target;
  if (!("action" in form_.dataset)) return;
  event.preventDefault();
  refused.textContent = "";
  const receipt = await perform(Object.fromEntries(new FormData(form_)));
  if (receipt.status === "saved") {
    said.textContent = receipt.number ? words.saved.replace("{}", receipt.number) : words.done;
    form_.reset();
    form_.closest("details")?.removeAttribute("open");
  } else {
    refused.textContent = receipt.reason;
  }
});

// One's own cards stand under "Yours", so the room's list shows those of others.
function hideOwn() {
  const own = new Set([...document.querySelectorAll("#mine > li")].map((card) => card.id.slice(5)));
  for (const card of document.querySelectorAll("#room > li")) card.hidden = own.has(card.id.slice(5));
}

// One's own cards have the colour of the theme they stand in.
function colourOwn() {
  for (const card of document.querySelectorAll("#mine > li")) {
    const theme = card.dataset.place && document.getElementById(`themes-${card.dataset.place}`);
    card.className = `card own ${theme?.className ?? ""}`.trim();
  }
}

line.addEventListener("placed", () => { hideOwn(); colourOwn(); });
line.addEventListener("later", () => { said.textContent = words.later; });
for (const name of ["open", "lost"]) line.addEventListener(name, show);
line.addEventListener("lost", () => { if (said.textContent === words.sending) said.textContent = words.waiting; });

start();
colourOwn();
for (const [key, one] of kept) if (!one.refused) go(key, one.action);
show();
