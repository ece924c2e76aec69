(function () {
  var input = document.getElementById("filter");
  if (input) {
    var rows = Array.prototype.slice.call(document.querySelectorAll(".requests .log tbody tr"));
    input.addEventListener("input", function () {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      document.querySelector(".requests").open = true;
      rows.forEach(function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      });
    });
  }
  function reveal() {
    var at = location.hash && document.getElementById(location.hash.slice(1));
    if (!at) { return; }
    var fold = at.closest("details.more");
    if (fold) { fold.open = true; }
    if (at.tagName === "DETAILS") { at.open = true; }
    at.scrollIntoView({ block: "center" });
  }
  window.addEventListener("hashchange", reveal);
  reveal();
})();
