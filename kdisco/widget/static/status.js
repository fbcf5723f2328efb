// One line of text that screen readers hear of when it changes.
function render({ model, el }) {
  const line = document.createElement("div");
  line.className = "kdisco-status";
  line.setAttribute("role", "status");
  line.setAttribute("aria-live", "polite");
  const say = () => { line.textContent = model.get("value"); };
  el.append(line);
  model.on("change:value", say);
  say();
  return () => model.off("change:value", say);
}

export default { render };
