/* Questions that depend on answers appear at once; without scripts they appear after saving. */
(function () {
  "use strict";
  var all = Array.prototype.slice.call(document.querySelectorAll("[data-pv-question]"));
  var byKey = {};
  all.forEach(function (each) { byKey[each.dataset.pvQuestion] = each; });

  function answers(question) {
    var name = "q_" + question.dataset.pvQuestion;
    return Array.prototype.slice.call(question.querySelectorAll("input, textarea")).filter(function (field) {
      return field.name === name && ((field.type !== "radio" && field.type !== "checkbox") || field.checked);
    }).map(function (field) { return field.value.trim(); }).filter(Boolean);
  }

  function number(text) { return Number(text.replace(/[\s'’]/g, "").replace(",", ".")); }

  function same(kind, answer, wanted) {
    if (kind === "number") { return number(answer) === number(wanted); }
    if (kind === "text") { return answer.toLowerCase() === wanted.toLowerCase(); }
    return answer === wanted;
  }

  function met(question, first) {
    var given = answers(first), kind = first.dataset.pvKind, wanted = JSON.parse(question.dataset.pvIfValues);
    if (first.hidden || !given.length) { return false; }
    if (question.dataset.pvIfOperator === "at_least") {
      return kind === "number" ? number(given[0]) >= number(wanted[0]) : given[0] >= wanted[0];
    }
    var hit = given.some(function (answer) {
      return wanted.some(function (one) { return same(kind, answer, one); });
    });
    return question.dataset.pvIfOperator === "is_not" ? !hit : hit;
  }

  /* In the order of the page, so that a chain of conditions is followed in one go. A condition on
     a question of another page was decided by the server, or, past its deadline, has no field. */
  function show() {
    all.forEach(function (question) {
      var first = byKey[question.dataset.pvIf];
      if (!first || !first.querySelector("input[name=asked]")) { return; }
      var hide = !met(question, first);
      question.hidden = hide;
      question.disabled = hide;
    });
  }
  document.addEventListener("input", show);
  document.addEventListener("change", show);
  show();
})();
