// Taking a picture along: as SVG, as PNG (drawn here, with the fonts of this machine), as DOT.

const SHARP = 2; // pixels of a PNG for each pixel on the page
const OWN = "/* the widget's own */"; // in the style sheet: what comes before it belongs to the picture

/** The picture's name as a file's. */
function file_name(svg) {
  const words = (svg?.getAttribute("aria-label") ?? "").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  return words.slice(0, 60) || "diagram";
}

/** The whole picture as a file: with its style sheet, both themes, and nothing that acts. */
function as_file(model) {
  const svg = clean(model.get("svg")), style = document.createElementNS(SVG, "style");
  style.textContent = (model.get("_css") ?? "").split(OWN)[0];
  svg.prepend(style);
  return svg;
}

function download(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const written = (svg) => new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" });

/** The picture in the colours that it has on the page now, on the page's ground. */
async function as_png(model, shown) {
  const svg = as_file(model), now = getComputedStyle(shown), style = svg.querySelector("style").textContent;
  for (const name of new Set(style.match(/--kd-[\w-]+/g))) svg.style.setProperty(name, now.getPropertyValue(name));
  const [, , width, height] = svg.getAttribute("viewBox").split(/[\s,]+/).map(Number);
  const pixels = [width, height].map((points) => Math.ceil((points * 4 * SHARP) / 3));
  svg.setAttribute("width", pixels[0]);
  svg.setAttribute("height", pixels[1]);
  svg.style.maxWidth = "none";
  const image = new Image(), address = URL.createObjectURL(written(svg));
  try {
    image.src = address;
    await image.decode();
  } finally {
    URL.revokeObjectURL(address);
  }
  const canvas = make("canvas", { width: pixels[0], height: pixels[1] }), brush = canvas.getContext("2d");
  brush.fillStyle = getComputedStyle(shown.closest("body")).getPropertyValue("--jp-layout-color0") || "#ffffff";
  brush.fillRect(0, 0, ...pixels);
  brush.drawImage(image, 0, 0, ...pixels);
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("PNG"))), "image/png"));
}

/** Into the clipboard, also where a page may not write into it by itself. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { "aria-hidden": "true", tabindex: "-1", class: "kdisco-said" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("clipboard");
  }
}

/** The row of buttons under a picture. */
function tools(model, stage, nearer, tell, complain) {
  const words = model.get("words");
  const safely = (act, told) => async () => {
    try {
      await act();
      tell(told);
    } catch (problem) {
      complain(words["not done"].replace("{why}", problem.message));
    }
  };
  const name = () => file_name(stage.svg);
  return make("div", { class: "kdisco-tools", role: "group", "aria-label": words.tools },
    button("farther", words.farther, nearer.farther),
    button("whole", words.whole, nearer.reset),
    button("closer", words.closer, nearer.closer),
    wordy("svg", "SVG", words["save svg"], safely(() => download(`${name()}.svg`, written(as_file(model))), words.saved)),
    wordy("png", "PNG", words["save png"], safely(async () => download(`${name()}.png`, await as_png(model, stage.svg)), words.saved)),
    wordy("dot", "DOT", words["copy dot"], safely(() => copy(model.get("dot")), words.copied)));
}
