async () => {
// The state of a live screen: its lists and its single lines, without what only one reader sees
// (what is picked, hidden as one's own or turned to, in others' hands, or added by the script).

const SINGLE = "#state, #voices, #allcount, #earlier, #blanking, #lettingin, #gathered, #shown, .count[id]";

const plain = (element) => {
  const copy = element.cloneNode(true);
  for (const own of copy.querySelectorAll("[data-own]")) own.remove();
  for (const one of [copy, ...copy.querySelectorAll("*")]) {
    one.classList.remove("shown");
    if (one.matches(".own")) one.className = one.className.replace(/ tint\d+/, "");
    for (const name of ["hidden", "checked", "data-holder"]) one.removeAttribute(name);
    if (!one.getAttribute("class")) one.removeAttribute("class");
  }
  return copy.outerHTML.replace(/\s+/g, " ").replace(/> | </g, (at) => at.trim());
};

const stateOf = (page) => {
  const state = {};
  for (const list of page.querySelectorAll("[data-list], #prompts")) state[list.id] = [...list.children].map(plain);
  for (const one of page.querySelectorAll(SINGLE)) state[one.id] = plain(one);
  return state;
};

const both = async () => {
  const answer = await fetch(location.pathname);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  await hold(fresh, Number(document.body.dataset.first));
  return [stateOf(document), stateOf(fresh)];
};

// A screen may hold more cards than a fresh page: older blocks that were loaded, or those it has
// seen come. The fresh page loads the same.
const hold = async (fresh, first) => {
  const { screen, code } = document.body.dataset;
  while (Number(fresh.body.dataset.first) > first) {
    const address = `/s/${code}/earlier?screen=${screen}&before=${fresh.body.dataset.first}`;
    const answer = await fetch(address, { headers: { "Sheaf-Block": "1" } });
    fresh.body.dataset.first = answer.headers.get("Sheaf-First");
    const block = document.createElement("template");
    block.innerHTML = await answer.text();
    for (const card of [...block.content.children]) {
      const list = fresh.getElementById(card.id.slice(0, card.id.lastIndexOf("-")));
      if ("newest" in list.dataset) list.prepend(card);
      else list.append(card);
      const sign = "newest" in list.dataset ? -1 : 1;
      list.append(...[...list.children].sort((a, b) => sign * (rank(a) - rank(b) || number(a) - number(b))));
    }
  }
  const link = fresh.querySelector("a.earlier");
  for (const card of fresh.querySelectorAll("main li.card[id]")) {
    if (number(card) < first && card.parentElement.id !== "mine") card.remove();
  }
  if (first > 1 && link) link.href = link.getAttribute("href").replace(/before=\d+/, `before=${first}`);
  else link?.remove();
};
const number = (card) => Number(card.id.slice(card.id.lastIndexOf("-") + 1));
const rank = (card) => Number(card.dataset.rank ?? number(card));

// Waits until the screen shows what a fresh page shows, and answers both.
const PATIENCE = 60_000;
const started = Date.now();
let [shown, fresh] = await both();
while (JSON.stringify(shown) !== JSON.stringify(fresh) && Date.now() - started < PATIENCE) {
  await new Promise((later) => { setTimeout(later, 50); });
  [shown, fresh] = await both();
}
return [shown, fresh];
}
