  // a second variant to the right of a line that the reader moves
  var otherPane = map.createPane("ped-other"), otherCanvas = null, otherShapes = [];
  otherPane.style.zIndex = 450;
  otherPane.style.pointerEvents = "none";
  // colours as they look at the opacity of the blocks, since what lies below must not shine through
  function solid(tone) {
    var ground = getComputedStyle(map.getContainer()).backgroundColor.match(/\d+/g).slice(0, 3);
    return "#" + ground.map(function (part, place) {
      var mixed = Math.round(0.75 * parseInt(tone.slice(1 + 2 * place, 3 + 2 * place), 16) + 0.25 * Number(part)).toString(16);
      return mixed.length < 2 ? "0" + mixed : mixed;
    }).join("");
  }
  function comparing() { return state.other >= 0 && state.road < 0 && current() !== CHOICE; }
  function swiped() {
    otherShapes.forEach(function (shape) { map.removeLayer(shape); });
    otherShapes = [];
    ["swipe", "swipe-left", "swipe-right", "swipe-line"].forEach(function (name) { el(name).hidden = !comparing(); });
    document.body.classList.toggle("comparing", comparing());
    if (!comparing()) { return; }
    otherCanvas = otherCanvas || L.canvas({ pane: "ped-other" });
    data.rings.forEach(function (rings, block) {
      if (unheated(block)) { return; }
      var tone = solid(colour(current(), valueIn(state.other, block)));
      otherShapes.push(L.polygon(decode(rings), { renderer: otherCanvas, pane: "ped-other", weight: 1, color: "#333", fillColor: tone, fillOpacity: 1, interactive: false }).addTo(map));
    });
    data.buildings.rings.forEach(function (rings) {
      otherShapes.push(L.polygon(decode(rings), { renderer: otherCanvas, pane: "ped-other", weight: 0.6, color: "#222", fillColor: "#555", fillOpacity: 0.45, interactive: false }).addTo(map));
    });
    if (pipes && state.pipes) {
      decode(pipes.lines).forEach(function (line, number) {
        otherShapes.push(L.polyline(line, { renderer: otherCanvas, pane: "ped-other", weight: pipeWidth(pipes.dn[number]), color: pipes.colour, interactive: false }).addTo(map));
      });
    }
    clipped();
  }
  function clipped() {
    if (!comparing()) { return; }
    var size = map.getSize(), at = size.x * Number(el("swipe").value) / 100;
    var low = map.containerPointToLayerPoint([at, 0]), high = map.containerPointToLayerPoint(size);
    el("swipe-line").style.left = at + "px";
    otherPane.style.clip = "rect(" + [low.y, high.x, high.y, low.x].join("px,") + "px)";
    el("swipe").setAttribute("aria-valuetext", say("map.swipe.value", { share: num(Number(el("swipe").value)) }));
  }
  function swipeWords() {
    el("other-label").hidden = !data.amounts;
    options(el("other"), [say("map.swipe.off")].concat(data.variants.map(function (one) { return one[state.lang]; })), state.other + 1);
    el("swipe").setAttribute("aria-label", say("map.swipe"));
    el("swipe-left").textContent = data.variants[state.variant][state.lang];
    el("swipe-right").textContent = state.other < 0 ? "" : data.variants[state.other][state.lang];
  }
