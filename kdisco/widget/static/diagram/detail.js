// The chosen thing beside the picture: its YAML to read, and what can be done with it.

function detail(model, id) {
  const words = model.get("words");
  const title = make("strong", { id: `${id}-title` }), row = make("div", { class: "kdisco-actions", role: "group", "aria-label": words.actions });
  const text = make("pre", { tabindex: "0", role: "region", "aria-label": "YAML" });
  const close = button("close", words.close, () => {
    model.set("selected", "");
    model.save_changes();
  });
  const panel = make("section", { class: "kdisco-detail", "aria-labelledby": title.id, hidden: true },
    make("div", { class: "kdisco-head" }, title, close), row, text);
  text.dataset.lmSuppressShortcuts = "true";
  let offered = "", about = "";

  const send = (key, value = null) => model.send({ action: key, thing: about, value });
  const one = ({ key, label, entry, hint }) => {
    if (entry == null) {
      const pressed = wordy("act", label, label, () => send(key));
      pressed.dataset.key = key;
      return pressed;
    }
    const field = make("input", { type: "text", value: entry, "aria-label": hint, title: hint, spellcheck: "false", autocomplete: "off" });
    field.dataset.key = `${key} entry`;
    field.dataset.lmSuppressShortcuts = "true";
    const pressed = wordy("act", label, label, () => send(key, field.value));
    pressed.dataset.key = key;
    field.addEventListener("keydown", (event) => { // in Lab no form hears of Enter
      if (event.key === "Enter") pressed.click();
    });
    return make("div", { class: "kdisco-entry" }, field, pressed);
  };
  const put = () => {
    const now = model.get("detail") ?? {}, actions = JSON.stringify([now.thing, now.actions ?? []]);
    panel.hidden = !now.thing;
    about = now.thing ?? "";
    title.textContent = now.title ?? "";
    if (text.textContent !== (now.yaml ?? "")) text.textContent = now.yaml ?? "";
    if (actions === offered) return;
    offered = actions;
    const held = row.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    row.replaceChildren(...(now.actions ?? []).map(one));
    row.hidden = !row.children.length;
    if (held) ([...row.querySelectorAll("[data-key]")].find((each) => each.dataset.key === held) ?? text).focus();
  };
  return { panel, put };
}
