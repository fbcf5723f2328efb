// Nearer and farther: the picture keeps its size in the page, and its viewBox shows a part of it.

const NEAREST = 8;
const STEP = 1.25;

function zoom(stage, frame, words, tell) {
  let whole = null, scale = 1, middle = null; // the whole viewBox, how near, and the point in the middle of the view

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const put = () => {
    if (!whole) return;
    const width = whole.width / scale, height = whole.height / scale;
    middle.x = clamp(middle.x, whole.x + width / 2, whole.x + whole.width - width / 2);
    middle.y = clamp(middle.y, whole.y + height / 2, whole.y + whole.height - height / 2);
    stage.svg.setAttribute("viewBox", `${middle.x - width / 2} ${middle.y - height / 2} ${width} ${height}`);
    frame.classList.toggle("near", scale > 1);
  };
  const centred = () => ({ x: whole.x + whole.width / 2, y: whole.y + whole.height / 2 });
  /** The picture's own units under a point of the page. */
  const under = (event) => {
    const box = stage.svg.getBoundingClientRect(), width = whole.width / scale, height = whole.height / scale;
    return {
      x: middle.x + ((event.clientX - box.x) / box.width - 0.5) * width,
      y: middle.y + ((event.clientY - box.y) / box.height - 0.5) * height,
    };
  };
  const to = (wanted, fixed = middle) => {
    if (!whole) return;
    const next = clamp(wanted, 1, NEAREST), share = scale / next;
    middle = { x: fixed.x + (middle.x - fixed.x) * share, y: fixed.y + (middle.y - fixed.y) * share };
    scale = next;
    put();
    tell(words.zoom.replace("{percent}", Math.round(scale * 100)));
  };
  const closer = () => to(scale * STEP), farther = () => to(scale / STEP), reset = () => to(1);

  frame.addEventListener("wheel", (event) => {
    if (!whole || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    to(scale * Math.exp(-event.deltaY * 0.003), under(event));
  }, { passive: false });

  let held = null, dragged = false; // where the pointer went down
  frame.addEventListener("pointerdown", (event) => {
    dragged = false;
    held = scale > 1 && event.button === 0 ? { x: event.clientX, y: event.clientY } : null;
  });
  frame.addEventListener("pointermove", (event) => {
    if (!held) return;
    const right = event.clientX - held.x, down = event.clientY - held.y;
    if (!dragged && Math.hypot(right, down) < 4) return;
    if (!dragged) frame.setPointerCapture(event.pointerId);
    dragged = true;
    const box = stage.svg.getBoundingClientRect();
    middle.x -= (right / box.width) * (whole.width / scale);
    middle.y -= (down / box.height) * (whole.height / scale);
    held = { x: event.clientX, y: event.clientY };
    put();
  });
  const release = () => { held = null; };
  frame.addEventListener("pointerup", release);
  frame.addEventListener("pointercancel", release);
  frame.addEventListener("click", (event) => { // the end of a drag is no click
    if (dragged) event.stopPropagation();
    dragged = false;
  }, { capture: true });

  return {
    closer, farther, reset,
    /** A new picture is there: look at the same part of it. */
    follow() {
      const size = (stage.svg.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
      const before = whole;
      whole = size.length === 4 && size.every(Number.isFinite) ? { x: size[0], y: size[1], width: size[2], height: size[3] } : null;
      if (!whole) return;
      middle = before && scale > 1
        ? { x: whole.x + ((middle.x - before.x) / before.width) * whole.width, y: whole.y + ((middle.y - before.y) / before.height) * whole.height }
        : centred();
      if (scale > 1) put();
    },
    /** Bring a thing into view. */
    reveal(element) {
      if (!whole || scale <= 1) return;
      const box = element.getBoundingClientRect(), view = stage.svg.getBoundingClientRect();
      if (box.left >= view.left && box.right <= view.right && box.top >= view.top && box.bottom <= view.bottom) return;
      middle = under({ clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 });
      put();
    },
    /** What a key does; whether it did anything. */
    key(name) {
      const act = { "+": closer, "=": closer, "-": farther, _: farther, 0: reset }[name];
      act?.();
      return Boolean(act);
    },
  };
}
