// The page in people's hands: nothing they write is lost, and they see what became of it.

import { isOpen, line, start, words } from "./live.js";
import { newKey, perform } from "./outbox.js";
import { handOver, isMine, maySend, passOn, who } from "./passing.js";
import { forget, keep, store, unsent } from "./unsent.js";

const byId = (id) => document.getElementById(id);
const form = byId("post");
const tell = byId("tell");
const box = form.elements.namedItem("text");
const said = byId("said");
const told = byId("told");
const refused = byId("refused");
const waiting = byId("unsent");
const DRAFT = "sheaf-draft";

if (!box.value) box.value = store.get(DRAFT);
box.addEventListener("input", () => store.set(DRAFT, box.value));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  refused.textContent = "";
  const action = read();
  if (!action.text.trim()) { box.focus(); return; }
  empty();
  box.focus();
  send(action);
});

// Told in private: it stands on no page, not even on this one.
tell.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = tell.elements.namedItem("text").value;
  if (!text.trim()) return;
  tell.reset();
  send({ action: "raise_concern", text });
});

// What a scribe writes down is read back.
const reads = read().action === "write_down";
const saved = ({ number }, { text = "" }) => words.saved.replace("{}", number) + (reads ? ` ${text}` : "");
const isPrivate = ({ action }) => action === "raise_concern";

function read() {
  const data = new FormData(form);
  const action = { action: data.get("action") ?? "post", text: String(data.get("text")) };
  for (const name of ["kind", "name", "table"]) if (data.get(name)) action[name] = data.get(name);
  if (data.get("prompt")) action.prompt = Number(data.get("prompt"));
  if (data.get("quote")) action.quote = false;
  if (data.get("paraphrased") === "1") action.paraphrased = true;
  return action;
}

function empty() {
  box.value = "";
  store.set(DRAFT, "");
  for (const choice of form.querySelectorAll('[name="kind"], [name="quote"]')) choice.checked = false;
}

function send(action) {
  const key = newKey();
  keep(key, { at: Date.now(), action, who: who() });
  go(key, action);
}

async function go(key, action) {
  const spoken = isPrivate(action) ? told : said;
  spoken.className = "";
  spoken.textContent = isOpen() ? words.sending : words.waiting;
  show();
  if (!maySend(unsent.get(key))) return;
  const receipt = await perform(action, key);
  const mine = isMine(unsent.get(key));
  if (mine) spoken.textContent = "";
  if (receipt.status === "saved") {
    if (mine) {
      spoken.textContent = isPrivate(action) ? words.told : saved(receipt, action);
      spoken.className = "saved";
    }
  } else {
    if (mine) refused.textContent = receipt.reason;
    if (!mine || boxOf(action).value) {
      keep(key, { ...unsent.get(key), refused: receipt.reason });
      show();
      handOver();
      return;
    }
    putBack(action);
  }
  drop(key);
  handOver();
}

const boxOf = (action) => (isPrivate(action) ? tell.elements.namedItem("text") : box);

function putBack(action) {
  boxOf(action).value = action.text;
  if (isPrivate(action)) {
    byId("concern").open = true;
    return;
  }
  store.set(DRAFT, box.value);
  for (const choice of form.querySelectorAll('[name="kind"]')) choice.checked = choice.value === action.kind;
  for (const choice of form.querySelectorAll('[name="quote"]')) choice.checked = action.quote === false;
}

function drop(key) {
  forget(key);
  show();
}

// What has not been saved yet stands above one's own cards, so that nobody wonders.
function show() {
  waiting.hidden = !unsent.size;
  waiting.replaceChildren(...[...unsent].map(([key, one]) => {
    const { action, refused: why } = one;
    const card = document.createElement("li");
    card.className = "card";
    const voice = card.appendChild(document.createElement("p"));
    voice.className = "voice";
    voice.dir = "auto";
    voice.textContent = !isMine(one) ? words.before : isPrivate(action) ? words.private : action.text;
    const about = card.appendChild(document.createElement("p"));
    about.className = "about";
    if (why) {
      about.textContent = why;
      card.append(button(words.again, () => { drop(key); putBack(action); boxOf(action).focus(); }));
      card.append(button(words.away, () => drop(key)));
    } else {
      about.textContent = isOpen() ? words.sending : words.waiting;
    }
    return card;
  }));
}

// The next person finds nothing here.
byId("next")?.addEventListener("submit", (event) => {
  event.preventDefault();
  for (const one of document.forms) one.reset();
  empty();
  for (const one of [said, told, refused]) one.textContent = "";
  byId("concern").open = byId("next").open = false;
  passOn();
  show();
  scrollTo(0, 0);
});

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
  const action = Object.fromEntries(new FormData(form_));
  const receipt = await perform(action);
  if (receipt.status === "saved") {
    said.textContent = receipt.number ? saved(receipt, action) : words.done;
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

line.addEventListener("placed", () => {
  hideOwn();
  colourOwn();
  byId("concern").hidden = !byId("concernsto").textContent;
});
line.addEventListener("later", () => { said.textContent = words.later; });
for (const name of ["open", "lost"]) line.addEventListener(name, show);
line.addEventListener("lost", () => {
  for (const one of [said, told]) if (one.textContent === words.sending) one.textContent = words.waiting;
});

start();
colourOwn();
for (const [key, one] of unsent) if (!one.refused && maySend(one)) go(key, one.action);
show();
handOver();
// No browser should ask on our behalf whether people want an app.
addEventListener("beforeinstallprompt", (event) => event.preventDefault());
