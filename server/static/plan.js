/* Drag, resize and arrow keys for the stand in the form. The number fields stay the truth; this only writes them. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-plan-form]");
  const svg = document.querySelector("svg.pv-plan-drawing");
  const status = document.querySelector("[data-plan-status]");
  if (!form || !svg || !status) return;
  const STEP = 10, SIDES = ["x", "y", "width", "height"], say = status.dataset;
  const inputs = ["x_m", "y_m", "width_m", "depth_m"].map(name => form.elements[name]);
  const wide = +svg.dataset.width, deep = +svg.dataset.height, fixed = "planFixed" in form.dataset;
  const others = [...svg.querySelectorAll(".pv-stand:not([data-stand])")].map(g => {
    const rect = g.querySelector("rect");
    return [g.dataset.label, ...SIDES.map(side => +rect.getAttribute(side))];
  });
  const put = (element, attributes) => {
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    return element;
  };
  const made = attributes =>
    svg.appendChild(put(document.createElementNS("http://www.w3.org/2000/svg", "rect"), attributes));
  const handle = made({ class: "pv-plan-handle", tabindex: 0, role: "application", "aria-label": form.dataset.planForm });
  const grip = made({ class: "pv-plan-grip", width: 44, height: 44 });
  const read = () => inputs.map(input => Math.round(parseFloat(input.value.replace(",", ".")) * 100));

  function show(loud) {
    const now = read(), [x, y, w, d] = now, fits = now.every(Number.isFinite) && w > 0 && d > 0;
    put(handle, { visibility: fits ? "visible" : "hidden" });
    put(grip, { visibility: fits && !fixed ? "visible" : "hidden" });
    if (!fits) return;
    const hit = others.filter(([, ox, oy, ow, od]) => x < ox + ow && ox < x + w && y < oy + od && oy < y + d);
    const out = x < 0 || y < 0 || x + w > wide || y + d > deep;
    SIDES.forEach((side, i) => handle.setAttribute(side, now[i]));
    handle.classList.toggle("pv-plan-wrong", out || hit.length > 0);
    put(grip, { x: x + w - 44, y: y + d - 44 });
    if (!loud) return;
    const told = { x, y, w, d, a: w * d / 100 };
    status.textContent = say.place.replace(/\{(\w)\}/g, (_, key) => (told[key] / 100).toFixed(2))
      + (hit.length ? " " + say.hit.replace("{labels}", hit.map(each => each[0]).join(", ")) : "")
      + (out ? " " + say.out : "");
  }

  function write([x, y, w, d], loud) {
    w = Math.max(STEP, Math.min(w, wide));
    d = Math.max(STEP, Math.min(d, deep));
    const within = [Math.max(0, Math.min(x, wide - w)), Math.max(0, Math.min(y, deep - d)), w, d];
    inputs.forEach((input, i) => { input.value = (within[i] / 100).toFixed(2); });
    show(loud);
  }

  const moved = ([x, y, w, d], [dx, dy]) => [x + dx, y + dy, w, d];
  const sized = ([x, y, w, d], [dx, dy]) => [x, y, w + dx, d + dy];
  const at = ({ clientX, clientY }) => {
    const point = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  };
  const drag = (element, change) => element.addEventListener("pointerdown", event => {
    event.preventDefault();
    handle.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    const start = at(event), before = read();
    element.onpointermove = now =>
      write(change(before, at(now).map((n, i) => Math.round((n - start[i]) / STEP) * STEP)));
    element.onlostpointercapture = () => { element.onpointermove = null; show(true); };
  });
  drag(handle, moved);
  drag(grip, sized);
  handle.addEventListener("keydown", event => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    const far = by.map(n => n * (event.ctrlKey ? 100 : STEP));
    write((event.shiftKey && !fixed ? sized : moved)(read(), far), true);
  });
  form.addEventListener("input", () => show(true));
  show();
})();
