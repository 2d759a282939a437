  // what people press
  ["pl", "en"].forEach(function (lang) { el(lang).addEventListener("click", function () { state.lang = lang; refresh(); settle(); }); });
  el("indicator").addEventListener("change", function (event) { state.theme = Number(event.target.value); paint(); legend(); });
  el("place").addEventListener("change", function (event) { state.place = Number(event.target.value) - 1; state.rows = 100; state.block = -1; refresh(); whole(); });
  el("search").addEventListener("input", function () { hits(); });
  el("search").addEventListener("keydown", function (event) { if (event.key === "Enter") { event.preventDefault(); first(); } });
  el("view").addEventListener("click", function () { state.table = !state.table; tableView(); settle(); if (state.table) { el("table").focus(); } });
  el("print").addEventListener("click", function () { window.print(); });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape" && state.block >= 0) { dismiss(); } });
  document.querySelector(".skip").addEventListener("click", function (event) { event.preventDefault(); state.table = true; tableView(); settle(); el("table").focus(); });
  map.getContainer().setAttribute("role", "region");
  window.addEventListener("resize", settle);
  // the map takes its size on paper before the page is set, so that it is drawn for that size, on a canvas that was never cleared
  window.addEventListener("beforeprint", function () { map.getContainer().classList.add("paper"); whole(); canvas.remove(); canvas.addTo(map); });
  window.addEventListener("afterprint", function () { map.getContainer().classList.remove("paper"); settle(); whole(); });
  window.PED_STATE = state;
