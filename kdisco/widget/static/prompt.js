// A line to type, and a button that runs it. What is typed goes to Python whole, with the key that ends it: letters
// sent one by one could come later than that. ArrowUp and ArrowDown bring back what was typed before.

function part(tag, fields) {
  return Object.assign(document.createElement(tag), fields);
}

function render({ model, el }) {
  const id = `kdisco-prompt-${Math.random().toString(36).slice(2)}`;
  const label = part("label", { className: "widget-label", htmlFor: id, textContent: model.get("label") });
  const field = part("input", { id, type: "text", spellcheck: false, autocomplete: "off", autocapitalize: "off" });
  const go = part("button", { type: "button", className: "jupyter-button widget-button kdisco-run", title: model.get("tip") });
  go.textContent = model.get("word");
  let sent = null, back = 0; // what was sent from here last, and how many lines ago is shown

  const show = () => {
    if (model.get("value") !== sent) field.value = model.get("value"); // what one typed meanwhile stays
  };
  const run = () => {
    [sent, back] = [field.value, 0];
    model.send({ line: field.value });
  };
  const recall = (step) => {
    const lines = model.get("history");
    back = Math.min(Math.max(back + step, 0), lines.length);
    field.value = back ? lines[lines.length - back] : "";
  };
  field.addEventListener("change", () => {
    sent = field.value;
    model.set("value", field.value);
    model.save_changes();
  });
  field.addEventListener("keydown", (event) => {
    const act = { Enter: run, ArrowUp: () => recall(1), ArrowDown: () => recall(-1) }[event.key];
    if (!act || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  go.addEventListener("click", run);
  for (const each of [el, field, go]) each.dataset.lmSuppressShortcuts = "true";
  el.classList.add("kdisco-prompt", "kdisco-code", "jupyter-widgets", "widget-text");
  el.append(label, field, go);
  model.on("change:value", show);
  field.value = model.get("value");
  return () => model.off("change:value", show);
}

export default { render };
