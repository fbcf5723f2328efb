// A card of the course: a question, an exercise or progress.

const PROSE = new Set(["P", "UL", "LI", "CODE", "EM", "STRONG", "PRE", "A"]);

/** The nodes of a text, with nothing in it but prose: what a saved notebook holds may come from anywhere. */
function prose(markup) {
  const body = new DOMParser().parseFromString(markup, "text/html").body;
  for (const each of [...body.querySelectorAll("*")]) {
    const href = each.tagName === "A" ? each.getAttribute("href") : null;
    for (const { name } of [...each.attributes]) each.removeAttribute(name);
    if (href && href.startsWith("https://")) {
      each.setAttribute("href", href);
      each.setAttribute("target", "_blank");
      each.setAttribute("rel", "noopener");
    }
    if (!PROSE.has(each.tagName)) each.replaceWith(document.createTextNode(each.textContent));
  }
  return [...body.childNodes].map((each) => document.importNode(each, true));
}

/** Put a text into an element, unless it is there already: a live region would be read out again. */
function put(element, markup) {
  if (element.markup === markup) return;
  element.markup = markup;
  element.replaceChildren(...prose(markup));
}

function part(tag, attributes = {}, markup = "") {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  if (markup) put(found, markup);
  return found;
}

function choiceList(model, name) {
  const box = part("div", { class: "choices" });
  for (const [key, markup] of model.get("choices")) {
    const label = part("label");
    const radio = part("input", { type: "radio", name, value: key });
    radio.checked = model.get("chosen") === key;
    radio.addEventListener("change", () => {
      model.set("chosen", key);
      model.save_changes();
    });
    label.append(radio, part("span", { class: "choice" }, markup));
    box.append(label);
  }
  return box;
}

function barList(model, name) {
  const list = part("ul", { class: "bars" });
  model.get("bars").forEach(([title, done, total, words], at) => {
    const item = part("li");
    const label = part("label", { for: `${name}-${at}` });
    label.textContent = title;
    const bar = part("progress", { id: `${name}-${at}`, max: Math.max(total, 1), value: done });
    bar.textContent = words;
    const count = part("span", { class: "count" });
    count.textContent = words;
    item.append(label, bar, count);
    list.append(item);
  });
  return list;
}

function buttonRow(model) {
  const row = part("div", { class: "buttons" });
  for (const [key, words] of model.get("buttons")) {
    const button = part("button", { type: "button", "data-key": key });
    button.textContent = words;
    button.addEventListener("click", () => model.send({ press: key, chosen: model.get("chosen") }));
    row.append(button);
  }
  return row;
}

function render({ model, el }) {
  const name = `kdisco-card-${Math.random().toString(36).slice(2)}`;  // each card has this module to itself: no counter is shared
  const shown = { class: `kdisco-card ${model.get("kind")}`, lang: model.get("lang"), "data-lm-suppress-shortcuts": "true" };
  const group = part("fieldset", shown);
  const legend = part("legend");
  const text = part("div", { class: "text" });
  const bars = part("div");
  const more = part("div", { class: "more" });
  const status = part("div", { class: "said", role: "status", "aria-live": "polite" });
  group.addEventListener("keydown", (event) => {  // else the notebook takes arrows and letters for its own
    if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape") event.stopPropagation();
  });
  group.append(legend, text, choiceList(model, name), bars, buttonRow(model), status, more);
  el.append(group);

  const show = () => {
    put(legend, model.get("legend"));
    put(text, model.get("text"));
    bars.replaceChildren(...(model.get("bars").length ? [barList(model, name)] : []));
    put(more, model.get("more").join(""));
    put(status, model.get("said"));
    status.dataset.mood = model.get("mood");
    for (const radio of group.querySelectorAll("input")) radio.checked = radio.value === model.get("chosen");
  };
  model.on("change", show);
  show();
  return () => model.off("change", show);
}

export default { render };
