// What the tests of looks ask of a page. Each question answers a list of what is wrong with it.

window.look = (() => {
  const CONTROLS = "a[href],button,input:not([type=hidden]),select,textarea,summary";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const says = (one) => `${one.localName}${one.id && `#${one.id}`}.${one.className}: ${(one.ariaLabel || one.textContent).trim().slice(0, 40)}`;
  const isSeen = (one) => one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) && !one.closest(".unseen");
  const style = (one) => getComputedStyle(one);

  // A box to tick is hit by its label, a link in a sentence is as high as the sentence.
  const target = (one) => (/radio|checkbox/.test(one.type) && one.closest("label")) || one;
  const isInSentence = (one) => one.localName === "a" && style(one).display === "inline"
    && one.parentElement.textContent.trim() !== one.textContent.trim();

  // Letters may reach a little over their line, and that much is never cut.
  const within = (rect, box, slack) => rect.left >= box.left - slack && rect.right <= box.right + slack
    && rect.top >= box.top - rect.height / 3 && rect.bottom <= box.bottom + rect.height / 3;
  const holders = function* (one) {
    let isNear = true;
    // Within a drawing, only its edge cuts.
    for (let box = one.ownerSVGElement ?? one; box && box !== document.body; box = box.parentElement) {
      const { display, overflowX, overflowY, columnCount } = style(box);
      // What runs into a further column is a page to turn to.
      if (/auto|scroll/.test(overflowX + overflowY) || columnCount !== "auto") return;
      if (/inline$|contents/.test(display)) continue;
      if (isNear || overflowX !== "visible") yield box;
      isNear = false;
    }
  };
  const isCut = (text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    const rects = [...range.getClientRects()].filter(({ width }) => width > 1);
    return [...holders(text.parentElement)].some((box) => rects.some((rect) => !within(rect, box.getBoundingClientRect(), 1)));
  };
  const texts = () => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (walker.currentNode.data.trim() && isSeen(walker.currentNode.parentElement)) found.push(walker.currentNode);
    return found;
  };
  const isOutlined = (one) => one && style(one).outlineStyle !== "none" && parseFloat(style(one).outlineWidth) >= 2;
  const hasEdge = (one) => ["Top", "Bottom", "Left", "Right"].every((side) => parseFloat(style(one)[`border${side}Width`]));

  return {
    ground(name) { document.documentElement.dataset.theme = name; },
    dress(rules) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(rules);
      document.adoptedStyleSheets = [sheet];
    },
    enlarge(times) {
      const html = document.documentElement;
      html.style.fontSize = "";
      if (times !== 1) html.style.fontSize = `${parseFloat(style(html).fontSize) * times}px`;
    },

    // The gallery draws a dialog open without the click that opens it: here it lies over the page as it does
    // after a click, and nothing under it can be hit. What is off the screen is laid out a frame after the
    // screen has changed its size.
    async axe(options) {
      for (const dialog of all("dialog[open]:not(:modal)")) { dialog.close(); dialog.showModal(); }
      await document.fonts.ready;
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      return axe.run(options);
    },
    wider() {
      const { scrollWidth, clientWidth } = document.scrollingElement;
      if (scrollWidth <= clientWidth) return [];
      const beyond = all("body *").filter((one) => one.getBoundingClientRect().right > clientWidth + 1 || one.getBoundingClientRect().left < -1);
      return [`${scrollWidth} wide`, ...beyond.map(says)];
    },
    cut: () => [...look.wider(), ...texts().filter(isCut).map((text) => says(text.parentElement))],
    split() {
      return all(".count,.number").filter((one) => isSeen(one) && /^\d+$/.test(one.textContent.trim())).flatMap((one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return new Set([...range.getClientRects()].map(({ top }) => top)).size > 1 ? [says(one)] : [];
      });
    },
    small(least) {
      return all(CONTROLS).filter((one) => isSeen(one) && !isInSentence(one)).flatMap((one) => {
        const { width, height } = target(one).getBoundingClientRect();
        return Math.min(width, height) < least - 0.5 ? [`${says(one)} is ${width} × ${height}`] : [];
      });
    },
    unfocused() {
      return all(CONTROLS).filter((one) => isSeen(one) && !one.disabled).filter((one) => {
        one.focus({ focusVisible: true, preventScroll: true });
        const around = [one.nextElementSibling, one.closest("label")];
        const seen = style(one).opacity === "0" ? around : [one];
        return document.activeElement === one && !seen.some(isOutlined);
      }).map(says);
    },
    torn: () => [
      ...all(".voices li").filter((one) => style(one).breakInside !== "avoid"),
      ...all("h2,section>h2+p:not(:last-child)").filter((one) => style(one).breakAfter !== "avoid"),
      // What holds for the last one holds for its section: a page would end nowhere.
      ...all("section>:last-child").filter((one) => style(one).breakAfter === "avoid"),
    ].map(says),
    tiny: (points) => texts().map((text) => text.parentElement)
      .filter((one) => parseFloat(style(one).fontSize) * 0.75 < points).map(says),
    furniture: () => all("button,input,select,textarea,.button,script").filter(isSeen).map(says),
    edgeless: () => all("button:not(.quiet),.button,input:not([type=hidden],[type=radio],[type=checkbox]),select,textarea,.card,.board .theme,dialog")
      .filter((one) => isSeen(one) && !hasEdge(one)).map(says),
  };
})();
