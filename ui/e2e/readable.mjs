// What a page must be for everyone, measured on what the browser computed: texts that can be read against what lies behind them, names
// for everything that can be pressed. These functions run in the page.

/** Texts below the contrast that WCAG AA asks for: 4.5, or 3 for large ones. Runs in the page. */
export function faintTexts() {
  const parse = (color) => {
    const found = color.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    const scale = color.startsWith("color(srgb") ? 255 : 1;
    return [found[0] * scale, found[1] * scale, found[2] * scale, found[3] ?? 1];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const light = ([r, g, b]) => {
    const part = (value) => {
      const c = value / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  // oklch and other new forms are drawn to learn their red, green and blue.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color) => {
    if (/^rgba?\(/.test(color)) return parse(color);
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const opaque = (layers) => layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  const layersOf = (elements) => {
    const layers = [];
    for (const at of elements) {
      const style = getComputedStyle(at);
      const layer = at.matches("svg *") && !at.matches("text, tspan") ? rgb(style.fill) : rgb(style.backgroundColor);
      if (layer[3] > 0) layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers;
  };
  const ancestors = (element) => {
    const found = [];
    for (let at = element; at !== null; at = at.parentElement) found.push(at);
    return found;
  };
  // What lies behind: the elements around, and what another element paints below the text (a bar of shares).
  const grounds = (element, box) => {
    const found = [opaque(layersOf(ancestors(element)))];
    const stack = document.elementsFromPoint(box.left + Math.min(8, box.width / 2), box.top + box.height / 2);
    const at = stack.indexOf(element);
    if (at >= 0) found.push(opaque(layersOf(stack.slice(at))));
    return found;
  };
  const faint = new Map();
  const look = (element, words, style, ink, box) => {
    let opacity = Number(style.opacity);
    for (let at = element.parentElement; at !== null; at = at.parentElement)
      opacity *= Number(getComputedStyle(at).opacity);
    const color = rgb(ink);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    for (const back of grounds(element, box)) {
      const front = over([color[0], color[1], color[2], color[3] * opacity], back);
      const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
      const contrast = (a + 0.05) / (b + 0.05);
      if (contrast >= (isLarge ? 3 : 4.5) - 0.005) continue;
      const name = element.getAttribute("class") ?? element.tagName;
      const key = `${name} ${ink}`;
      if (faint.has(key)) continue;
      faint.set(
        key,
        `"${words.trim().slice(0, 30)}" ${contrast.toFixed(2)} ${ink} on ${back.slice(0, 3).map(Math.round)} .${name}`,
      );
    }
  };
  const isShown = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    element.closest("[aria-hidden='true'], [disabled], script, style") === null;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === "" || element === null || !isShown(element)) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const style = getComputedStyle(element);
    look(element, node.textContent, style, element.matches("svg *") ? style.fill : style.color, box);
  }
  for (const field of document.querySelectorAll("input[placeholder], textarea[placeholder]")) {
    if (!isShown(field) || field.value !== "" || field.placeholder === "") continue;
    const style = getComputedStyle(field, "::placeholder");
    look(field, field.placeholder, style, style.color, field.getBoundingClientRect());
  }
  // Canvases are drawn with these tokens, over these grounds.
  const root = getComputedStyle(document.documentElement);
  for (const ground of ["--bg", "--surface"]) {
    const back = opaque([rgb(root.getPropertyValue(ground))]);
    const [a, b] = [light(rgb(root.getPropertyValue("--muted"))), light(back)].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.set(ground, `words of charts over ${ground}`);
  }
  return [...faint.values()];
}

/** What can be pressed or filled without a name, out of order, or nested; ids that are there twice. Runs in the page. */
export function unnamed() {
  const faults = [];
  const shown = (one) => one.checkVisibility({ visibilityProperty: true });
  for (const one of document.querySelectorAll(
    "button, a[href], input, select, textarea, [role=button], [role=tab], [role=img], [role=treeitem], [role=log], [role=separator]",
  )) {
    if (!shown(one) || one.closest("[aria-hidden='true']") !== null) continue;
    const label = one.getAttribute("aria-label") ?? one.getAttribute("title") ?? "";
    const by = (one.getAttribute("aria-labelledby") ?? "")
      .split(" ")
      .map((id) => document.getElementById(id)?.textContent ?? "")
      .join("");
    const own = [...(one.labels ?? [])].map((each) => each.textContent).join("");
    if (`${label}${by}${own}${one.textContent}${one.getAttribute("placeholder") ?? ""}`.trim() === "")
      faults.push(`no name: ${one.outerHTML.slice(0, 120)}`);
    if (one.matches("button, a[href]") && one.parentElement?.closest("button, a[href]") !== null)
      faults.push(`inside another: ${one.outerHTML.slice(0, 120)}`);
  }
  for (const one of document.querySelectorAll("[tabindex]"))
    if (one.tabIndex > 0) faults.push(`out of order: ${one.outerHTML.slice(0, 120)}`);
  if (document.querySelectorAll("h1").length !== 1)
    faults.push(`${document.querySelectorAll("h1").length} main headings`);
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) faults.push(`id twice: ${id}`);
  if (document.documentElement.lang === "") faults.push("the page has no language");
  if (document.querySelector("main") === null) faults.push("no main part");
  return faults;
}
