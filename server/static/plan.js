/* Draw, move, resize and cut with the pointer or the keys. The fields of the forms stay the truth; this only writes them. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-plan-form]");
  const svg = document.querySelector("svg.pv-plan-drawing");
  const status = document.querySelector("[data-plan-status]");
  if (!form || !svg || !status) return;
  const SHORTEST = 10, METRE = 100, say = status.dataset, field = name => form.elements[name];
  const wide = +svg.dataset.width, deep = +svg.dataset.height, fixed = "planFixed" in form.dataset;
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const put = (element, attributes) => {
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    return element;
  };
  const made = (kind, attributes) =>
    svg.appendChild(put(document.createElementNS("http://www.w3.org/2000/svg", kind), attributes));
  const centimetres = text => Math.round(parseFloat(String(text).replace(",", ".")) * METRE);
  const metres = length => (length / METRE).toFixed(2);
  const between = (low, n, high) => Math.max(low, Math.min(n, high));

  /* The grid, remembered for the next page. */
  const gridBox = document.querySelector("[data-plan-grid]"), gridField = gridBox.querySelector("select");
  const kept = localStorage.getItem("plan-grid");
  if ([...gridField.options].some(option => option.value === kept)) gridField.value = kept;
  gridField.addEventListener("change", () => localStorage.setItem("plan-grid", gridField.value));
  gridBox.hidden = false;
  const snap = length => Math.round(length / gridField.value) * gridField.value;

  /* Outlines: rings of [x, y] in centimetres. */
  const ringOf = polygon => polygon.getAttribute("points").trim().split(/\s+/).map(pair => pair.split(",").map(Number));
  const others = [...svg.querySelectorAll(".pv-stand:not([data-stand])")].map(g =>
    [g.dataset.label, ringOf(g.querySelector("polygon"))]);
  const edges = ring => ring.map((point, i) => [point, ring[(i + 1) % ring.length]]);
  const side = ([ax, ay], [bx, by], [x, y]) => (bx - ax) * (y - ay) - (by - ay) * (x - ax);
  const inside = (ring, [x, y]) => edges(ring).reduce((odd, [[ax, ay], [bx, by]]) =>
    (ay > y) !== (by > y) && x < ax + (y - ay) * (bx - ax) / (by - ay) ? !odd : odd, false);
  const cross = ([a, b], [c, d]) =>
    side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
  const within = ring => edges(ring).flatMap(([[ax, ay], [bx, by]]) => {
    const long = Math.hypot(bx - ax, by - ay) || 1, nx = (ay - by) / long, ny = (bx - ax) / long;
    return [0.02, 0.5, 0.98].map(part => [ax + (bx - ax) * part + nx, ay + (by - ay) * part + ny]);
  });
  const overlap = (one, other) => edges(one).some(a => edges(other).some(b => cross(a, b)))
    || within(one).some(point => inside(other, point)) || within(other).some(point => inside(one, point));
  const box = ring => {
    const xs = ring.map(point => point[0]), ys = ring.map(point => point[1]);
    const x = Math.min(...xs), y = Math.min(...ys);
    return [x, y, Math.max(...xs) - x, Math.max(...ys) - y];
  };
  const surface = ring => edges(ring).reduce((sum, [[ax, ay], [bx, by]]) => sum + ax * by - bx * ay, 0) / 2;

  /* What the form says: the corners when there are any, else a rectangle. */
  const corners = () => field("corners").value.split(/[;\n]/).map(pair => pair.trim().split(/\s+/).map(centimetres))
    .filter(pair => pair.length === 2);
  function read() {
    const x = centimetres(field("x_m").value), y = centimetres(field("y_m").value);
    if (field("corners").value.trim()) return corners().map(([cx, cy]) => [x + cx, y + cy]);
    const w = centimetres(field("width_m").value), d = centimetres(field("depth_m").value);
    return w > 0 && d > 0 ? [[x, y], [x + w, y], [x + w, y + d], [x, y + d]] : [];
  }
  const readable = ring => ring.length > 2 && ring.flat().every(Number.isFinite);

  const handle = made("polygon", { class: "pv-plan-handle", tabindex: 0, role: "application", "aria-label": form.dataset.planForm });
  const grips = ["nw", "ne", "se", "sw"].map(name => made("rect", { class: `pv-plan-grip pv-plan-grip--${name}`, width: 44, height: 44 }));

  function show(loud) {
    const ring = read(), fits = readable(ring);
    put(handle, { visibility: fits ? "visible" : "hidden" });
    grips.forEach(grip => put(grip, { visibility: fits && !fixed ? "visible" : "hidden" }));
    showCut();
    if (!fits) return;
    const [x, y, w, d] = box(ring), hit = others.filter(([, other]) => overlap(ring, other));
    const out = x < 0 || y < 0 || x + w > wide || y + d > deep;
    put(handle, { points: ring.map(point => point.join(",")).join(" "), "data-box": [x, y, w, d].join(" ") });
    handle.classList.toggle("pv-plan-wrong", out || hit.length > 0);
    [[x, y], [x + w - 44, y], [x + w - 44, y + d - 44], [x, y + d - 44]]
      .forEach(([gx, gy], i) => put(grips[i], { x: gx, y: gy }));
    if (!loud) return;
    const told = { x, y, w, d, a: Math.abs(surface(ring)) / METRE };
    status.textContent = say.place.replace(/\{(\w)\}/g, (_, key) => metres(told[key]))
      + (hit.length ? " " + say.hit.replace("{labels}", hit.map(each => each[0]).join(", ")) : "")
      + (out ? " " + say.out : "");
  }

  function write([x, y, w, d], loud) {
    w = between(SHORTEST, w, wide);
    d = between(SHORTEST, d, deep);
    field("x_m").value = metres(between(0, x, wide - w));
    field("y_m").value = metres(between(0, y, deep - d));
    const ring = corners();
    if (field("corners").value.trim() && readable(ring)) {
      const [left, top, before, deepBefore] = box(ring);
      field("corners").value = ring.map(([cx, cy]) =>
        `${metres(Math.round((cx - left) * w / before))} ${metres(Math.round((cy - top) * d / deepBefore))}`).join("; ");
    } else {
      field("width_m").value = metres(w);
      field("depth_m").value = metres(d);
    }
    show(loud);
  }

  const at = ({ clientX, clientY }) => {
    const point = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  };
  function drag(element, begin) {
    element.addEventListener("pointerdown", event => {
      const moved = begin(event, at(event));
      if (!moved) return;
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      element.onpointermove = now => moved(at(now));
      element.onlostpointercapture = () => { element.onpointermove = null; show(true); };
    });
  }
  drag(handle, (_, [fromX, fromY]) => {
    handle.focus({ preventScroll: true });
    const [x, y, w, d] = box(read());
    return ([nowX, nowY]) => write([snap(x + nowX - fromX), snap(y + nowY - fromY), w, d]);
  });
  grips.forEach((grip, i) => drag(grip, () => {
    handle.focus({ preventScroll: true });
    const [x, y, w, d] = box(read()), left = i === 0 || i === 3, top = i < 2;
    return ([nowX, nowY]) => {
      const edgeX = snap(nowX), edgeY = snap(nowY);
      const newW = left ? x + w - between(0, edgeX, x + w - SHORTEST) : between(x + SHORTEST, edgeX, wide) - x;
      const newD = top ? y + d - between(0, edgeY, y + d - SHORTEST) : between(y + SHORTEST, edgeY, deep) - y;
      write([left ? x + w - newW : x, top ? y + d - newD : y, newW, newD]);
    };
  }));
  handle.addEventListener("keydown", event => {
    const by = ARROWS[event.key];
    if (!by) return;
    event.preventDefault();
    const [dx, dy] = by.map(n => n * (event.ctrlKey ? METRE : +gridField.value)), [x, y, w, d] = box(read());
    write(event.shiftKey && !fixed ? [x, y, w + dx, d + dy] : [x + dx, y + dy, w, d], true);
  });

  /* A new rectangle on free floor. A finger scrolls the page instead: it moves the handle. */
  const ground = svg.querySelector(".pv-plan-ground");
  if (ground && "planDraw" in form.dataset) {
    ground.classList.add("pv-plan-ground--draw");
    drag(ground, (event, from) => {
      if (event.pointerType === "touch" || event.button) return null;
      const [x, y] = from.map(snap);
      return now => {
        const [u, v] = [between(0, snap(now[0]), wide), between(0, snap(now[1]), deep)];
        if (u === x || v === y) return;
        field("corners").value = "";
        write([Math.min(x, u), Math.min(y, v), Math.abs(u - x), Math.abs(v - y)]);
      };
    });
  }

  /* The line along which the stand is split. */
  const splitting = document.querySelector("form[data-plan-split]"), own = svg.querySelector("[data-stand] polygon");
  const cut = splitting && own && made("line", { class: "pv-plan-cut", tabindex: 0, role: "slider", "aria-label": splitting.dataset.planSplit });
  const whole = own && box(ringOf(own)), across = () => splitting.elements.axis.value !== "down";
  const room = () => whole[across() ? 2 : 3];
  const place = () => {
    const typed = centimetres(splitting.elements.at_m.value);
    return typed > 0 && typed < room() ? typed : snap(room() / 2);
  };
  function showCut() {
    if (!cut) return;
    const [x, y, w, d] = whole, n = place();
    put(cut, across() ? { x1: x + n, y1: y, x2: x + n, y2: y + d } : { x1: x, y1: y + n, x2: x + w, y2: y + n });
    put(cut, { "aria-valuemin": 0, "aria-valuemax": metres(room()), "aria-valuenow": metres(n) });
    cut.classList.toggle("pv-plan-cut--set", splitting.elements.at_m.value !== "");
  }
  function cutAt(n) {
    splitting.elements.at_m.value = metres(between(SHORTEST, n, room() - SHORTEST));
    splitting.elements.parts.value = "";
    showCut();
  }
  if (cut) {
    drag(cut, () => {
      cut.focus({ preventScroll: true });
      return now => cutAt(snap(across() ? now[0] - whole[0] : now[1] - whole[1]));
    });
    cut.addEventListener("keydown", event => {
      const by = ARROWS[event.key];
      if (!by) return;
      event.preventDefault();
      cutAt(place() + (by[0] + by[1]) * (event.ctrlKey ? METRE : +gridField.value));
    });
    splitting.addEventListener("input", showCut);
    splitting.addEventListener("change", showCut);
  }

  /* Ctrl+Z and Ctrl+Y, but not while somebody types. */
  document.addEventListener("keydown", event => {
    if (!(event.ctrlKey || event.metaKey) || event.target.closest("input, textarea, select")) return;
    const key = event.key.toLowerCase(), again = key === "y" || (key === "z" && event.shiftKey);
    const step = document.querySelector(again ? "[data-plan-redo]" : key === "z" ? "[data-plan-undo]" : "[data-plan-none]");
    if (!step) return;
    event.preventDefault();
    step.requestSubmit();
  });
  form.addEventListener("input", () => show(true));
  show();
})();
