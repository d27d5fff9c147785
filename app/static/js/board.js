// The facilitator's page: pick cards, say where they go.

import { line, start, words } from "./live.js";
import { perform } from "./outbox.js";

const { code } = document.body.dataset;
const byId = (id) => document.getElementById(id);
const where = byId("where");
const sheet = byId("sheet");
let adds = false; // whether the dialog gives a second place, or moves

const pickedBoxes = () => [...document.querySelectorAll("input.pick:checked")];

function countPicked() {
  const picked = new Set(pickedBoxes().map((box) => box.value));
  const count = picked.size;
  byId("closer").dataset.sheet = `cards/${[...picked].join("-")}`;
  byId("picked").textContent = count ? words.picked.replace("{}", count) : "";
  for (const id of ["move", "also", "hide", "answered", "closer", "unpick"]) byId(id).disabled = !count;
}

function unpick() {
  for (const box of pickedBoxes()) box.checked = false;
  countPicked();
}

async function act(action) {
  byId("said").textContent = "";
  byId("refused").textContent = "";
  const receipt = await perform(action);
  if (receipt.status !== "saved") byId("refused").textContent = receipt.reason;
  return receipt.status === "saved";
}

function ask(second) {
  adds = second;
  byId("wherehead").textContent = byId(second ? "also" : "move").textContent;
  where.querySelector(".asides").hidden = second;
  where.showModal();
}

// Cards leave the place they were picked in; one change for each such place.
async function move(to) {
  const from = new Map();
  for (const box of pickedBoxes()) {
    const list = box.closest("[data-list]").id;
    from.set(list, [...(from.get(list) ?? []), Number(box.value)]);
  }
  const first = pickedBoxes()[0]?.value;
  if (!first) return; // taken back by its author meanwhile
  unpick();
  let all = true;
  for (const [list, contributions] of from) {
    const action = { action: "place", contributions, theme: to };
    if (!adds && list !== to) action.from = list;
    all = (await act(action)) && all;
  }
  if (all) byId("said").textContent = words.moved.replace("{}", words[to] ?? to);
  const card = byId(`${to}-${first}`) ?? document.querySelector(`main li[id$="-${first}"]`);
  card?.querySelector("input").focus({ preventScroll: true });
}

document.addEventListener("change", (event) => { if (event.target.matches("input.pick")) countPicked(); });
byId("move").addEventListener("click", () => ask(false));
byId("also").addEventListener("click", () => ask(true));
byId("hide").addEventListener("click", async () => {
  const contributions = [...new Set(pickedBoxes().map((box) => Number(box.value)))];
  if (await act({ action: "hide", contributions })) byId("said").textContent = words.hidden;
});
byId("answered").addEventListener("click", async () => {
  const numbers = new Set(pickedBoxes().map((box) => Number(box.value)));
  unpick();
  for (const number of numbers) await act({ action: "mark_answered", number });
});
byId("unpick").addEventListener("click", unpick);
for (const action of ["undo", "redo"]) {
  byId(action).addEventListener("click", async () => {
    if (await act({ action })) byId("said").textContent = words[action];
  });
}

where.addEventListener("click", (event) => {
  const choice = event.target.closest('button[type="button"]');
  if (!choice) return;
  where.close();
  move(choice.value);
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-action], #newtheme")) return;
  event.preventDefault();
  const data = new FormData(form);
  const action = Object.fromEntries(data);
  if (data.has("contributions")) action.contributions = data.getAll("contributions").join(" ");
  if (form.id === "newtheme" && !action.name) delete action.name;
  if (action.before === "") delete action.before;
  if (await act(action)) {
    if (form.id === "newtheme") form.reset();
    else sheet.close();
  }
});

// The button is replaced whenever somebody blanks the screen, so its page listens for it.
document.addEventListener("click", (event) => {
  if (event.target.id === "blanking") act({ action: event.target.value });
});

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("button.sheeted");
  if (!opener) return;
  await htmx.ajax("GET", `/s/${code}/board/${opener.dataset.sheet}`, { target: "#sheet", swap: "innerHTML" });
  sheet.showModal();
});

line.addEventListener("placed", countPicked);
start();
countPicked();
