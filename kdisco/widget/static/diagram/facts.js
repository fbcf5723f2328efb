// The short facts of the thing under the pointer or in focus: seen beside it, and read out as its description.

function tip(model, stage, root, id) {
  const box = make("div", { id, class: "kdisco-facts", role: "tooltip", hidden: true });
  let about = null;

  const hide = () => {
    about?.removeAttribute("aria-describedby");
    about = null;
    box.hidden = true;
  };
  const show = (thing) => {
    if (thing === about) return;
    hide();
    if (!thing) return;
    about = thing;
    const facts = (model.get("facts") ?? {})[thing.id];
    box.textContent = facts ?? thing.getAttribute("aria-label");
    if (facts) thing.setAttribute("aria-describedby", id);
    box.hidden = false;
    const place = thing.getBoundingClientRect(), ground = root.getBoundingClientRect();
    const left = Math.min(place.left - ground.left, Math.max(0, ground.width - box.offsetWidth - 4));
    const below = place.bottom - ground.top + 6, above = place.top - ground.top - box.offsetHeight - 6;
    const fits = place.bottom + box.offsetHeight + 12 < window.innerHeight;
    box.style.left = `${Math.max(0, left)}px`;
    box.style.top = `${fits || place.top < box.offsetHeight ? below : above}px`;
  };
  return {
    box, show, hide,
    /** The facts or the picture changed: tell the new ones of the same thing. */
    renew() {
      const same = about && named(stage.svg, about.id);
      hide();
      show(same);
    },
    get shown() { return !box.hidden; },
  };
}
