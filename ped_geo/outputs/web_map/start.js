  el("pl").addEventListener("click", function () { state.lang = "pl"; refresh(); settle(); });
  el("en").addEventListener("click", function () { state.lang = "en"; refresh(); settle(); });
  // a variant chosen for all ends what was chosen block by block
  el("variant").addEventListener("change", function (event) { state.variant = Number(event.target.value); state.choice = null; refresh(); });
  el("indicator").addEventListener("change", function (event) { state.indicator = Number(event.target.value); if (current().key === "network") { state.pipes = true; } refresh(); });
  el("road").addEventListener("change", function (event) { state.road = Number(event.target.value) - 1; refresh(); });
  el("year").addEventListener("input", function (event) { state.year = Number(event.target.value); refresh(); });
  el("search").addEventListener("input", function () { hits(); });
  el("search").addEventListener("keydown", function (event) { if (event.key === "Enter") { event.preventDefault(); first(); } });
  el("view").addEventListener("click", function () { state.table = !state.table; refresh(); settle(); if (state.table) { el("table").focus(); } });
  el("print").addEventListener("click", function () { window.print(); });
  el("pipes").addEventListener("change", function (event) { state.pipes = event.target.checked; state.pipe = -1; refresh(); });
  el("base").addEventListener("change", function (event) { base(event.target.checked); });
  el("share").addEventListener("click", function () {
    remember();
    if (navigator.clipboard) {
      navigator.clipboard.writeText(location.href).then(function () { el("found").textContent = say("map.copied"); }, function () { el("found").textContent = location.href; });
    } else { el("found").textContent = location.href; }
  });
  map.getContainer().setAttribute("role", "region");
  // head and decision take as many lines as they need on a phone; the map fills what they leave
  function settle() {
    document.documentElement.style.setProperty("--head", el("head").offsetHeight + "px");
    document.documentElement.style.setProperty("--above", el("head").offsetHeight + el("decision").offsetHeight + "px");
    map.invalidateSize();
  }
  document.addEventListener("keydown", function (event) { if (event.key === "Escape" && (state.block >= 0 || state.pipe >= 0)) { dismiss(); } });
  document.querySelector(".skip").addEventListener("click", function (event) {
    event.preventDefault();
    state.table = true;
    refresh();
    settle();
    el("table").focus();
  });
  wire();
  recall();
  refresh();
  settle();
  window.addEventListener("resize", settle);
  ["swipe", "swipe-line", "swipe-left", "swipe-right"].forEach(function (name) { map.getContainer().appendChild(el(name)); });
  L.DomEvent.disableClickPropagation(el("swipe"));
  // without an animation, whose end would bring an earlier view back
  function whole() {
    map.invalidateSize();
    map.fitBounds(state.block < 0 ? all.pad(0.03) : blocks[state.block].getBounds().pad(0.8), { animate: false, reset: true });
  }
  // the map takes its size on paper before the page is set, so that it is drawn for that size, on a canvas that was never cleared
  window.addEventListener("beforeprint", function () { map.getContainer().classList.add("paper"); tintGround(); whole(); canvas.remove(); canvas.addTo(map); });
  window.addEventListener("afterprint", function () { map.getContainer().classList.remove("paper"); tintGround(); settle(); whole(); });
  map.options.zoomSnap = 0.25;
  var all = L.featureGroup(blocks).getBounds();
  setTimeout(whole, 0);
  window.PED_STATE = state;
