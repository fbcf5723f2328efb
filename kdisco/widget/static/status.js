// One line of text that screen readers hear of when it changes.

const PLAYER = { // the buttons of ipywidgets' Play, by icon: English, Chinese
  play: ["Play or pause", "播放或暂停"],
  pause: ["Play or pause", "播放或暂停"],
  stop: ["Stop", "停止"],
  repeat: ["Repeat", "循环"],
};

/** ipywidgets gives some controls no name: a slider's handle gets the words beside it, a player's buttons their own. */
function name_controls(panel) {
  for (const handle of panel.querySelectorAll(".noUi-handle:not([aria-label])")) {
    const words = handle.closest(".widget-slider")?.querySelector(".widget-label")?.textContent;
    if (words) handle.setAttribute("aria-label", words);
  }
  const chinese = panel.querySelector(".kdisco-diagram")?.lang === "zh" ? 1 : 0;
  for (const button of panel.querySelectorAll(".widget-play button:not([aria-label])")) {
    const words = PLAYER[button.querySelector("i")?.className.match(/fa-(\w+)/)?.[1]];
    if (words) button.setAttribute("aria-label", words[chinese]);
  }
}

function render({ model, el }) {
  const line = document.createElement("div");
  line.className = "kdisco-status";
  line.setAttribute("role", "status");
  line.setAttribute("aria-live", "polite");
  const say = () => { line.textContent = model.get("value"); };
  el.append(line);
  model.on("change:value", say);
  say();
  const watcher = new MutationObserver((_, own) => own.panel && name_controls(own.panel));
  requestAnimationFrame(() => { // it is in the page then
    watcher.panel = el.closest(".kdisco-panel");
    if (!watcher.panel) return;
    name_controls(watcher.panel);
    watcher.observe(watcher.panel, { childList: true, subtree: true });
  });
  return () => {
    watcher.disconnect();
    model.off("change:value", say);
  };
}

export default { render };
