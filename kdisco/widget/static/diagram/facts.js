// The short facts of the thing under the pointer or in focus: seen beside it, and read out as its description.

const ASIDE = 6; // pixels between a thing and its facts

function tip(model, stage, id) {
  const box = make("div", { id, class: "kdisco-facts", role: "tooltip", hidden: true, popover: "manual" });
  let about = null, waiting = 0;

  const hide = () => {
    about?.removeAttribute("aria-describedby");
    about = null;
    if (!box.hidden) box.hidePopover?.();
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
    if (thing.classList.contains("selected")) return; // all of it stands beside the picture
    box.hidden = false;
    box.showPopover?.(); // above everything: an output of Lab would cut it off
    const place = thing.getBoundingClientRect(), above = place.top - box.offsetHeight - ASIDE;
    const fits = above < 0 || place.bottom + box.offsetHeight + ASIDE < window.innerHeight;
    box.style.left = `${Math.max(0, Math.min(place.left, window.innerWidth - box.offsetWidth - ASIDE))}px`;
    box.style.top = `${fits ? place.bottom + ASIDE : above}px`;
  };
  return {
    box, show, hide,
    /** The facts or the picture changed: tell the new ones of the same thing, when the page is painted anyway. */
    renew() {
      waiting ||= requestAnimationFrame(() => {
        waiting = 0;
        const same = about && named(stage.svg, about.id);
        hide();
        show(same);
      });
    },
  };
}
