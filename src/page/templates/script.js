(function () {
  var hunts = Array.prototype.slice.call(document.querySelectorAll(".hunt"));
  var search = document.getElementById("search");
  var found = document.getElementById("found");
  if (search) {
    search.addEventListener("input", function () {
      var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      var shown = 0;
      hunts.forEach(function (hunt) {
        var text = hunt.textContent.toLowerCase();
        var fits = words.every(function (word) { return text.indexOf(word) >= 0; });
        hunt.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      found.textContent = words.length ? shown + " of " + hunts.length : "";
    });
  }
  function select(code) {
    var range = document.createRange();
    range.selectNodeContents(code);
    var selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest(".copy");
    if (!button) return;
    var code = button.closest(".query").querySelector("pre code");
    var done = function () {
      button.textContent = "Copied";
      setTimeout(function () { button.textContent = "Copy"; }, 1500);
    };
    var byHand = function () {
      select(code);
      try { if (document.execCommand("copy")) done(); } catch (error) { button.textContent = "Selected"; }
    };
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(code.textContent).then(done, byHand);
    } else {
      byHand();
    }
  });
})();
