/* Counts characters as people see them, so that the page says what the server will say. */
(function () {
  "use strict";
  var parts = window.Intl && Intl.Segmenter ? new Intl.Segmenter() : null;
  function letters(text) {
    text = text.trim();
    return parts ? Array.from(parts.segment(text)).length : Array.from(text.normalize("NFC")).length;
  }
  document.querySelectorAll("[data-pv-letters]").forEach(function (group) {
    var field = document.getElementById(group.dataset.pvLettersFor);
    var said = group.querySelector("[data-pv-letters-said]");
    var most = Number(group.dataset.pvLetters);
    function count() {
      var left = most - letters(field.value);
      said.textContent = (left < 0 ? said.dataset.over : said.dataset.left).replace("{n}", Math.abs(left));
      said.classList.toggle("govuk-error-message", left < 0);
    }
    field.addEventListener("input", count);
    count();
  });
})();
