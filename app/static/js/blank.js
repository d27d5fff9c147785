// One button or key blanks every projector, from every page of a facilitator, wherever the focus is
// but in a box of words. Whether single keys count is one's own choice, made on the board.

export const KEPT = "sheaf-board-keys";
const WRITES = "textarea, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit])";

// `act` does an action, and answers whether it was done.
export function blankWith(act) {
  // The button may be made anew. Pressed twice, it blanks and shows, though no answer has come between.
  addEventListener("click", async (event) => {
    const button = event.target;
    if (button.id !== "blanking") return;
    event.preventDefault();
    const action = button.value;
    button.value = action === "blank" ? "unblank" : "blank";
    if (!await act({ action })) button.value = action;
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "." || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.matches?.(WRITES) || localStorage.getItem(KEPT) === "0") return;
    event.preventDefault();
    document.getElementById("blanking")?.click();
  });
}
