/* The wall asks every 20 seconds whether it has changed, by its ETag; only then is it drawn anew. */
(function () {
  "use strict";
  var etag = "";
  function look() {
    var wall = document.querySelector("[data-pv-wall]");
    if (!wall || document.hidden) { return; }
    fetch(window.location.href, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" })
      .then(function (answer) {
        if (answer.status !== 200) { return; }
        etag = answer.headers.get("ETag") || "";
        return answer.text().then(function (text) {
          var fresh = new DOMParser().parseFromString(text, "text/html").querySelector("#wall");
          if (fresh && !wall.contains(document.activeElement)) { wall.replaceWith(document.adoptNode(fresh)); }
        });
      })
      .catch(function () { etag = ""; });
  }
  window.setInterval(look, 20000);
})();
