// Says how many cards have come, at most every so often: somebody who listens to the page can
// still think. How often is one's own choice, and kept on the device.

import { line } from "./live.js";

const byId = (id) => document.getElementById(id);
const KEPT = `sheaf-${document.body.dataset.screen}-news`;
const choice = byId("newsevery");
let newest = 0; // the highest number that was there
let come = 0;
let timer = 0;

// `place` is the list in which new cards appear, and `say` makes a sentence of how many there are.
export function tellNews(place, say) {
  choice.value = kept() ?? "15";
  choice.addEventListener("change", () => {
    keep(choice.value);
    clearTimeout(timer);
    [timer, come] = [0, 0];
  });
  const tell = () => { byId("news").textContent = say(come); [timer, come] = [0, 0]; };
  count(place);
  come = 0;
  line.addEventListener("placed", () => {
    count(place);
    if (come && !timer && choice.value !== "0") timer = setTimeout(tell, Number(choice.value) * 1000);
  });
}

// New cards stand first where the newest does, and else last. One's own are no news.
function count(place) {
  const list = byId(place);
  const [first, next] = "newest" in list.dataset
    ? ["firstElementChild", "nextElementSibling"] : ["lastElementChild", "previousElementSibling"];
  let highest = newest;
  for (let card = list[first]; card; card = card[next]) {
    const number = Number(card.id.slice(place.length + 1));
    if (number <= newest) break;
    highest = Math.max(highest, number);
    if (!byId(`mine-${number}`)) come += 1;
  }
  newest = highest;
}

function kept() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}

function keep(every) {
  try { localStorage.setItem(KEPT, every); } catch { /* kept in the page only */ }
}
