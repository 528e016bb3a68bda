/* What makes pages nicer where scripts run; every page works without. */
(function () {
  "use strict";
  var own = document.currentScript;
  document.documentElement.classList.add("pv-js");
  document.body.classList.add("js-enabled");
  if ("noModule" in HTMLScriptElement.prototype) {
    document.body.classList.add("govuk-frontend-supported");
    if (document.querySelector("[data-module]")) {
      import(own.dataset.govuk).then(function (govuk) { govuk.initAll(); });
    }
  }

  /* <button data-pv-copy="#feed"> copies that field's value and says so. */
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-pv-copy]");
    if (!button || !navigator.clipboard) { return; }
    var field = document.querySelector(button.dataset.pvCopy);
    navigator.clipboard.writeText(field.value || field.textContent.trim()).then(function () {
      var said = document.createElement("span");
      said.setAttribute("role", "status");
      said.className = "pv-copied";
      said.textContent = button.dataset.pvCopied || "✓";
      button.after(said);
      window.setTimeout(function () { said.remove(); }, 4000);
    });
  });

  /* <button data-pv-print> */
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-pv-print]")) { window.print(); }
  });

  /* <input type="checkbox" data-pv-all="application"> ticks every box of that name. */
  document.addEventListener("change", function (event) {
    var all = event.target.closest("[data-pv-all]");
    if (!all) { return; }
    document.getElementsByName(all.dataset.pvAll).forEach(function (box) { box.checked = all.checked; });
  });

  /* <form data-pv-filter> sends itself when a choice changes; its button stays for everyone else. */
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-pv-filter]");
    if (form && event.target.tagName === "SELECT") { form.requestSubmit(); }
  });

  /* <select data-pv-find="Find in the list"> has a field above it that leaves the choices with all its words. */
  document.querySelectorAll("select[data-pv-find]").forEach(function (list) {
    var choices = Array.from(list.options), find = document.createElement("input");
    find.type = "search";
    find.className = "govuk-input pv-find";
    find.setAttribute("aria-label", list.dataset.pvFind);
    find.placeholder = list.dataset.pvFind;
    find.setAttribute("aria-controls", list.id);
    find.addEventListener("input", function () {
      var words = find.value.toLocaleLowerCase().split(/\s+/), chosen = list.value;
      var left = choices.filter(function (each) {
        var said = each.text.toLocaleLowerCase();
        return !each.value || each.value === chosen || words.every(function (word) { return said.includes(word); });
      });
      list.replaceChildren.apply(list, left);
      if (!chosen && find.value.trim() && left.length === 2 && !left[0].value) { list.value = left[1].value; }
    });
    /* Enter chooses from the list instead of sending the form half filled. */
    find.addEventListener("keydown", function (event) {
      if (event.key === "Enter") { event.preventDefault(); list.focus(); }
    });
    list.before(find);
  });

  /* <time data-pv-until datetime="..."> counts down once a second; data-pv-now is the server's clock. */
  var running = document.querySelectorAll("time[data-pv-until]"), opened = Date.now();
  function count() {
    running.forEach(function (each) {
      var ahead = each.dataset.pvNow ? opened - Date.parse(each.dataset.pvNow) : 0;
      var left = Math.max(0, Math.floor((Date.parse(each.dateTime) - Date.now() + ahead) / 1000));
      var days = Math.floor(left / 86400), hours = Math.floor(left / 3600) % 24;
      var rest = [Math.floor(left / 60) % 60, left % 60].map(function (n) { return String(n).padStart(2, "0"); });
      each.textContent = (days ? days + " d " : "") + String(hours).padStart(2, "0") + ":" + rest.join(":");
    });
  }
  if (running.length) { count(); window.setInterval(count, 1000); }

  /* <time data-pv-own datetime="..."> is on another clock than the visitor's: theirs is said beside it. */
  document.querySelectorAll("time[data-pv-own]").forEach(function (each) {
    var at = new Date(each.dateTime), zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (isNaN(at) || !zone) { return; }
    var own = new Intl.DateTimeFormat(document.documentElement.lang || "en", { weekday: "short", hour: "2-digit", minute: "2-digit", timeZone: zone });
    var beside = document.createElement("span");
    beside.className = "pv-soft";
    beside.textContent = " [" + own.format(at) + " " + zone.replace(/_/g, " ") + "]";
    each.after(beside);
  });
})();
