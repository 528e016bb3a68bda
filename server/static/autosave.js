/* <form data-pv-autosave="address"> sends its text there some seconds after typing and on leaving
   the page; what is kept is no answer before the form itself is sent. */
(function () {
  "use strict";
  var WAIT = 3000, AGAIN = 15000;

  function watch(form) {
    var said = form.querySelector("[data-pv-autosave-said]");
    var words = said.dataset, timer = 0, changed = false, sending = false, over = false, under = null;

    function say(text, bad) {
      said.textContent = text;
      said.classList.toggle("govuk-error-message", Boolean(bad));
    }

    function text() {
      var body = new URLSearchParams();
      new FormData(form).forEach(function (value, name) {
        if (typeof value === "string") { body.append(name, value); }
      });
      return body;
    }

    function stop(why) { over = true; window.clearTimeout(timer); say(why, true); }

    function later(ms) { window.clearTimeout(timer); timer = window.setTimeout(keep, ms); }

    function arrived(answer) {
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        stop(words.pvEnded);
        return undefined;
      }
      if (answer.status === 409 || answer.status === 422) {
        return answer.json().then(function (found) { stop(found.said); });
      }
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.json().then(function (found) {
        if (!found.at || changed) { return; }
        var time = new Date(found.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
        say(words.pvSaved.replace("{time}", time));
      });
    }

    function keep(leaving) {
      if (!changed || sending || over || (under && !leaving)) { return; }
      changed = false;
      under = new AbortController();
      fetch(form.dataset.pvAutosave, {
        method: "POST", body: text(), redirect: "manual", credentials: "same-origin",
        keepalive: leaving === true, signal: under.signal
      }).then(arrived).catch(function (fault) {
        if (fault.name === "AbortError" || over) { return; }
        changed = true;
        say(words.pvAway, true);
        later(AGAIN);
      }).finally(function () {
        under = null;
        if (changed && !over) { later(WAIT); }
      });
    }

    function typed(event) {
      if (event.target.type === "file" || over) { return; }
      changed = true;
      say(words.pvTyping);
      later(WAIT);
    }

    form.addEventListener("input", typed);
    form.addEventListener("change", typed);
    form.addEventListener("submit", function () {
      sending = true;
      window.clearTimeout(timer);
      if (under) { under.abort(); }
    });
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "hidden") { keep(true); }
    });
    window.addEventListener("pagehide", function () { keep(true); });
    window.addEventListener("pageshow", function (event) { if (event.persisted) { window.location.reload(); } });
  }

  Array.prototype.forEach.call(document.querySelectorAll("form[data-pv-autosave]"), watch);
})();
