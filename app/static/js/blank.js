// One key blanks every projector, from every page of a facilitator, wherever the focus is but in a
// box of words. Whether single keys count is one's own choice, made on the board.

export const KEPT = "sheaf-board-keys";
const WRITES = "textarea, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit])";

export function blankByKey() {
  addEventListener("keydown", (event) => {
    if (event.key !== "." || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.matches?.(WRITES) || localStorage.getItem(KEPT) === "0") return;
    event.preventDefault();
    document.getElementById("blanking")?.click();
  });
}
