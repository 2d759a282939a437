  var map = PED_MAP, data = PED, words = PED_WORDS;
  var state = { lang: data.lang, variant: data.shown === undefined ? data.variants.length - 1 : data.shown, indicator: 0, block: -1, building: -1, table: false, road: -1, year: 0, choice: null, other: -1, sort: null, pipes: false, pipe: -1 };
  var narrow = window.matchMedia("(max-width: 720px)");
  var el = function (id) { return document.getElementById("ped-" + id); };

  // as printed a chance is 0 or 100 where draws cannot tell it from that
  function written(indicator, value) { return indicator.chance && value === 0 ? "<1" : indicator.chance && value === 100 ? ">99" : num(value, indicator.digits); }
  function valued(indicator, value) {
    if (indicator === CHOICE) { return value < 0 ? say("map.choice.out") : data.variants[value][state.lang]; }
    return value === null ? say("map.no_data") : indicator.names ? indicator.names[state.lang][value] : measured(written(indicator, value), indicator.unit[state.lang]);
  }
  function colour(indicator, value) {
    if (indicator === CHOICE) { return value < 0 ? NOTHING : data.tones[value]; }
    if (value === null || value === undefined) { return NOTHING; }
    for (var i = 1; i < indicator.limits.length - 1; i++) { if (value < indicator.limits[i]) { return indicator.colours[i - 1]; } }
    return indicator.colours[indicator.colours.length - 1];
  }
  var NOTHING = data.nothing;
  // on the roadmap the map shows a year of a scenario instead of a variant
  var CHOICE = { key: "choice" };
  function current() { return state.road >= 0 ? data.roadmap : data.indicators[state.indicator] || CHOICE; }
  function valueIn(variant, block) { return data.indicators[state.indicator].values[variant][block]; }
  // a block shows its value in the variant that is chosen for it
  function shown(block) {
    if (state.road >= 0) { return data.roadmap.values[state.road][state.year][block]; }
    var variant = variantOf(block);
    if (current() === CHOICE) { return variant; }
    return variant < 0 ? null : valueIn(variant, block);
  }
  function unheated(block) { return !data.difference && data.blocks[block].area < 1; }
  function numbered(block) { return !unheated(block); }
  // what is told of the ground is told of a park too
  function quiet(block) { return unheated(block) && !(current().ground && shown(block) !== null && state.road < 0); }

  // one canvas for all: a canvas on top of another would keep every click for itself
  var canvas = L.canvas(), chosenShape = null;
  // quiet in the dark too, and light on paper
  var night = window.matchMedia("(prefers-color-scheme: dark)"), grounds = [];
  function groundTone(one) { return night.matches && !map.getContainer().classList.contains("paper") ? one.dark : one.tone; }
  function tintGround() {
    grounds.forEach(function (pair) { pair[0].setStyle({ fillColor: groundTone(pair[1]) }); });
    paint();
  }
  night.addEventListener("change", tintGround);
  // green below the blocks and outlined above them where it has a name, so that it takes no block its colour; water above
  (data.ground || []).forEach(function (one) {
    grounds.push([L.polygon(decode(one.rings), { renderer: canvas, stroke: false, fillColor: groundTone(one), fillOpacity: 1, interactive: false }).addTo(map), one]);
  });
  function groundAbove() {
    (data.ground || []).forEach(function (one) {
      var water = one.kind === "water";
      if (!water && !one.name) { return; }
      grounds.push([L.polygon(decode(one.rings), { renderer: canvas, stroke: !water, color: "#4f7f3f", weight: 1.5, dashArray: "2 4", fill: water, fillColor: groundTone(one), fillOpacity: 0.85, interactive: false }).addTo(map), one]);
    });
  }
  (data.streets || []).forEach(function (street) {
    street[1].forEach(function (line) { L.polyline(line, { renderer: canvas, weight: 2, color: "#c9c4b8", interactive: false }).addTo(map); });
  });
  var blocks = data.rings.map(function (rings, number) {
    var shape = L.polygon(decode(rings), { renderer: canvas, weight: 1, color: "#333", fillOpacity: 0.75 });
    shape.on("click", function () { state.building = -1; choose(number, false); });
    shape.bindTooltip(function () { return tip(number); }, { sticky: true });
    return shape.addTo(map);
  });
  groundAbove();
  function tip(number) {
    var indicator = current(), box = node("div");
    box.appendChild(node("strong", named(data.blocks[number].label)));
    box.appendChild(node("div", valued(indicator, shown(number))));
    return box;
  }
  // where one household lives, only what is seen from outside is told
  function oneHome(number) { return data.buildings.construction_period[number] < 0; }
  data.buildings.rings.forEach(function (rings, number) {
    var heat = data.buildings.heat[number], known = data.buildings.known[number], storeys = data.buildings.storeys[number];
    var shape = L.polygon(decode(rings), { renderer: canvas, weight: 0.6, color: "#222", fillColor: "#555", fillOpacity: 0.45 });
    shape.bindTooltip(function () {
      var text = say("code." + data.buildings.uses[data.buildings.use[number]]) + ", " + say("map.storeys") + ": " + storeys;
      if (heat !== null) { text += ", " + valued(data.indicators[1], heat); }
      if (known !== null) { text += ", " + say("map.known") + ": " + num(known, 0) + "%"; }
      return node("span", oneHome(number) ? text + ". " + say("map.privacy") : text);
    }, { sticky: true });
    shape.on("click", function () { if (data.buildings.block[number] >= 0) { state.building = number; choose(data.buildings.block[number], false); } });
    shape.addTo(map);
  });
  data.candidates.forEach(function (candidate) {
    L.polygon(decode(candidate.rings), { renderer: canvas, fill: false, color: "#d55e00", weight: 3, dashArray: "8 5", interactive: false }).addTo(map);
  });
  L.control.scale({ imperial: false }).addTo(map);
  var tiles = null;
  function base(on) {
    el("base").checked = on;
    if (on && !tiles) {
      tiles = L.tileLayer("https://tile.openstreetmap.org/{z}/{x}/{y}.png", { maxZoom: 19, attribution: "© OpenStreetMap" });
      tiles.once("tileerror", function () { base(false); });
      tiles.addTo(map);
    } else if (!on && tiles) { map.removeLayer(tiles); tiles = null; }
  }

  function paint() {
    var indicator = current();
    blocks.forEach(function (shape, number) {
      // a large field without buildings stays quiet
      shape.setStyle({ fillColor: colour(indicator, shown(number)), fillOpacity: quiet(number) ? 0.25 : 0.75, weight: quiet(number) ? 0.5 : 1 });
    });
    drawPipes();
    swiped();
    if (chosenShape) { map.removeLayer(chosenShape); }
    chosenShape = state.block < 0 ? null : L.polygon(decode(data.rings[state.block]), { renderer: canvas, fill: false, color: "#000", weight: 4, interactive: false }).addTo(map);
    var legend = el("legend");
    empty(legend);
    el("legend-unit").textContent = say("map.i." + indicator.key) + (indicator.unit && indicator.unit[state.lang] ? " [" + indicator.unit[state.lang] + "]" : "");
    el("legend-variant").textContent = state.road < 0 ? state.choice ? say("map.choice.legend") : data.variants[state.variant][state.lang] : say("code." + data.roadmap.scenarios[state.road]) + ", " + data.roadmap.years[state.year];
    (indicator === CHOICE ? data.tones : indicator.colours).forEach(function (tone, number) {
      if (indicator === CHOICE && !used(number)) { return; }
      var item = node("li"), key = node("span", null, { "class": "key", "aria-hidden": "true" });
      key.style.background = tone + "bf"; // as opaque as the blocks
      item.appendChild(key);
      item.appendChild(node("span", indicator === CHOICE ? data.variants[number][state.lang] : indicator.labels[state.lang][number]));
      legend.appendChild(item);
    });
    [["none", "map.no_data"], ["building", "map.buildings"], ["candidate", "map.candidates"]].forEach(function (pair) {
      if (pair[0] === "none" && indicator !== CHOICE && !data.blocks.some(function (one, number) { var value = shown(number); return value === null || value === undefined; })) { return; }
      if (pair[0] === "candidate" && !data.candidates.length || pair[0] === "building" && !data.buildings.rings.length) { return; }
      var item = node("li");
      var key = node("span", null, { "class": "key " + pair[0], "aria-hidden": "true" });
      if (pair[0] === "none") { key.style.background = NOTHING + "bf"; }
      item.appendChild(key);
      item.appendChild(node("span", say(pair[1])));
      legend.appendChild(item);
    });
    ["water", "green"].forEach(function (kind) {
      var first = (data.ground || []).filter(function (one) { return one.kind === kind; })[0];
      if (!first) { return; }
      var item = node("li"), key = node("span", null, { "class": "key ground", "aria-hidden": "true" });
      key.style.background = groundTone(first);
      item.appendChild(key);
      item.appendChild(node("span", say("map.ground." + kind)));
      legend.appendChild(item);
    });
    pipeLegend(legend);
  }
  function row(table, label, value) {
    var line = node("tr");
    line.appendChild(node("th", label, { scope: "row" }));
    line.appendChild(node("td", value, { "class": "n" }));
    table.appendChild(line);
  }
  function card() {
    var place = el("card");
    empty(place);
    var told = state.block >= 0 || state.pipe >= 0;
    document.body.classList.toggle("told", told);
    if (told) { place.appendChild(closer()); }
    if (data.heated === false) { place.appendChild(node("p", say("figure.nothing_heated"))); }
    if (pipes && state.pipes && state.pipe >= 0) { place.appendChild(pipeCard(state.pipe)); }
    if (state.block < 0) { place.appendChild(node("p", say("map.help"))).className = "hint"; return; }
    var variant = variantOf(state.block) < 0 ? state.variant : variantOf(state.block);
    var block = data.blocks[state.block], balance = data.indicators[0], value = balance.values[variant][state.block];
    place.appendChild(node("h2", say("map.block") + " " + named(block.label)));
    if (data.difference) { place.appendChild(node("p", say("map.difference.block"))); place.appendChild(figures(block)); return; }
    if (state.building >= 0 && data.buildings.block[state.building] === state.block) { place.appendChild(house(state.building, variant)); }
    if (value === null) { place.appendChild(node("p", say("map.empty"))); } else {
      place.appendChild(node("p", data.variants[variant][state.lang], { "class": "variant" }));
      place.appendChild(node("p", say(value >= 0 ? "map.positive" : "map.negative", { value: num(Math.abs(value), balance.digits) })));
      var kwp = data.closing.kwp[variant][state.block], modules = data.closing.area[variant][state.block];
      if (value < 0 && kwp !== null) { place.appendChild(node("p", say("map.closes", { kwp: num(kwp), area: num(modules) }))); }
      if (block.out) { place.appendChild(node("p", block.out[state.lang])); }
      if (data.amounts) { place.appendChild(chooser(state.block)); }
      place.appendChild(node("h3", say("map.bars")));
      place.appendChild(bars(balance, variant));
    }
    place.appendChild(node("h3", say("map.facts")));
    place.appendChild(figures(block, variant));
    if (block.type) { place.appendChild(node("p", block.type[state.lang])); }
  }
  // on a phone the card is a sheet over the page, which its reader puts away
  function closer() {
    var button = node("button", say("map.close"), { type: "button", "class": "close" });
    button.addEventListener("click", dismiss);
    return button;
  }
  function dismiss() { state.block = state.building = state.pipe = -1; refresh(); }
  // what a building is, which of it is estimated, and what is proposed for its block
  function house(number, variant) {
    var all = data.buildings, box = node("div", null, { "class": "house" }), table = node("table"), body = node("tbody");
    box.appendChild(node("h3", say("map.building")));
    function told(bit, text) { return text + (all.guessed[number] & (1 << bit) ? " (" + say("map.estimated") + ")" : ""); }
    row(body, say("map.use"), told(0, say("code." + all.uses[all.use[number]])));
    row(body, say("map.storeys"), told(1, String(all.storeys[number])));
    if (!oneHome(number)) {
      row(body, say("map.period"), told(2, all.words.construction_period[all.construction_period[number]][state.lang]));
      row(body, say("map.supply"), told(3, all.words.heat_supply[all.heat_supply[number]][state.lang]));
    }
    if (all.heat[number] !== null) { row(body, say("map.i.heat"), valued(data.indicators[1], all.heat[number])); }
    if (all.known[number] !== null) { row(body, say("map.known"), num(all.known[number]) + "%"); }
    row(body, say("map.proposed"), data.variants[variant][state.lang]);
    table.appendChild(body);
    box.appendChild(table);
    if (oneHome(number)) { box.appendChild(node("p", say("map.privacy"))); }
    return box;
  }
  function figures(block, variant) {
    if (variant === undefined) { variant = state.variant; }
    var table = node("table"), body = node("tbody");
    row(body, say("map.area"), num(block.area) + " m²");
    if (!data.difference) {
      row(body, say("map.residents"), num(block.residents));
      row(body, say("map.buildings"), num(block.buildings));
      row(body, say("map.pv"), num(block.kwp, data.kwp_digits) + " kWp");
    }
    data.indicators.slice(data.difference ? 0 : 1).forEach(function (indicator) {
      var value = indicator.values[variant][state.block];
      if (value !== null) { row(body, say("map.i." + indicator.key), valued(indicator, value)); }
    });
    table.appendChild(body);
    return table;
  }
  function bars(balance, chosen) {
    var values = data.variants.map(function (_, number) { return balance.values[number][state.block]; });
    var reach = Math.max.apply(null, values.map(function (value) { return Math.abs(value || 0); }).concat([1]));
    var table = node("table"), body = node("tbody");
    data.variants.forEach(function (variant, number) {
      var line = node("tr", null, number === chosen ? { "class": "now" } : {}), value = values[number];
      line.appendChild(node("th", variant[state.lang], { scope: "row" }));
      var cell = node("td"), bar = node("div", null, { "class": "bar", "aria-hidden": "true" }), fill = node("i"), zero = node("b");
      fill.style.left = (value < 0 ? 50 + 50 * value / reach : 50) + "%";
      fill.style.width = 50 * Math.abs(value) / reach + "%";
      fill.style.background = value < 0 ? "#b35806" : "#542788";
      zero.style.left = "50%";
      bar.appendChild(fill);
      bar.appendChild(zero);
      cell.appendChild(bar);
      line.appendChild(cell);
      line.appendChild(node("td", num(value, balance.digits), { "class": "n" }));
      body.appendChild(line);
    });
    table.appendChild(body);
    return table;
  }
  function inColumn(column, block) {
    if (column === 0) { return parseInt(data.blocks[block].label, 10) || block; }
    return column === 1 ? data.blocks[block].area : data.indicators[column - 2].values[state.variant][block];
  }
  // blocks without a value stand last in either order
  function byColumn(a, b) {
    var sort = state.sort || [2 + Math.min(state.indicator, data.indicators.length - 1), -1], x = inColumn(sort[0], a), y = inColumn(sort[0], b);
    if (x === null || y === null) { return (x === null) - (y === null); }
    return sort[1] * (x - y) || a - b;
  }
  function tableView() {
    var place = el("table");
    empty(place);
    place.hidden = !state.table;
    document.body.classList.toggle("tabled", state.table);
    el("view").setAttribute("aria-pressed", String(state.table));
    el("view").textContent = say(state.table ? "map.map" : "map.table");
    if (!state.table) { return; }
    var table = node("table"), head = node("tr"), body = node("tbody"), top = node("thead");
    var caption = node("caption");
    caption.appendChild(node("span", data.variants[state.variant][state.lang]));
    table.appendChild(caption);
    [["map.block", ""], ["map.area", "m²"]].concat(data.indicators.map(function (one) { return ["map.i." + one.key, one.unit[state.lang]]; })).forEach(function (pair, column) {
      var order = state.sort && state.sort[0] === column ? state.sort[1] : 0;
      var cell = node("th", null, { scope: "col", "aria-sort": order > 0 ? "ascending" : order < 0 ? "descending" : "none" });
      var sorter = node("button", say(pair[0]) + (order > 0 ? " ▲" : order < 0 ? " ▼" : ""), { type: "button", "class": "link" });
      sorter.addEventListener("click", function () { state.sort = [column, order === -1 ? 1 : -1]; refresh(); el("table").querySelectorAll("thead button")[column].focus(); });
      cell.appendChild(sorter);
      if (pair[1]) { cell.appendChild(document.createTextNode(" ")); cell.appendChild(node("span", "[" + pair[1] + "]", { "class": "unit" })); }
      head.appendChild(cell);
    });
    top.appendChild(head);
    table.appendChild(top);
    data.blocks.map(function (_, number) { return number; }).sort(byColumn).forEach(function (number) {
      var line = node("tr", null, number === state.block ? { "class": "chosen" } : {}), first = node("td"), button = node("button", named(data.blocks[number].label), { type: "button", "class": "link" });
      button.addEventListener("click", function () { choose(number, true); el("table").querySelector("tr.chosen button").focus(); });
      first.appendChild(button);
      line.appendChild(first);
      line.appendChild(node("td", num(data.blocks[number].area)));
      if (!data.difference && data.indicators[0].values[state.variant][number] === null) { line.appendChild(node("td", say("map.no_data"), { colspan: data.indicators.length })); }
      else { data.indicators.forEach(function (one) { line.appendChild(node("td", one.names ? valued(one, one.values[state.variant][number]) : written(one, one.values[state.variant][number]))); }); }
      body.appendChild(line);
    });
    table.appendChild(body);
    place.appendChild(table);
  }
  function candidateList() {
    var place = el("candidates");
    empty(place);
    if (!data.candidates.length && data.heated !== false) { place.appendChild(node("li", say("map.no_candidates"))); }
    data.candidates.forEach(function (one) {
      var item = node("li"), words = say("map.candidate_line", { label: named(one.label), blocks: num(one.blocks), area: num(one.area), balance: num(one.balance, data.indicators[0].digits) });
      var button = node("button", words, { type: "button", "class": "link" });
      button.addEventListener("click", function () {
        if (state.table) { state.table = false; refresh(); }
        map.fitBounds(L.latLngBounds([].concat.apply([], decode(one.rings))).pad(0.3));
      });
      item.appendChild(button);
      if (one.choice) {
        var money = { investment: num(one.investment, data.written.investment.digits), grant: num(one.grant, data.written.grant.digits), unit: data.written.investment.unit[state.lang] };
        var parts = [say("map.candidate.money", money)];
        if (one.chance !== null) { parts.unshift(say("map.i.probability") + ": " + written({ chance: true }, one.chance) + "%"); }
        item.appendChild(node("p", parts.join("; ")));
        item.appendChild(node("p", one.choice.map(function (pair) { return named(data.blocks[pair[0]].label) + ": " + data.variants[pair[1]][state.lang]; }).join("; "), { "class": "soft" }));
        var taken = node("button", say("map.candidate.take"), { type: "button" });
        taken.addEventListener("click", function () { take(one.choice); });
        item.appendChild(taken);
      }
      place.appendChild(item);
    });
  }
  // the first three sentences are read without a click: verdict, recommended way, where to start
  function decision() {
    var place = el("decision"), lines = (data.decision || {})[state.lang] || [], starts = (data.starts || []).filter(function (block) { return block >= 0; });
    place.hidden = el("behind").hidden = !lines.length;
    if (place.hidden) { return; }
    el("verdict").textContent = lines[0][1];
    el("way").textContent = lines.length > 1 ? say("map.way", { variant: data.variants[data.shown][state.lang] }) : "";
    empty(el("starts"));
    el("starts-title").hidden = !starts.length;
    starts.forEach(function (block) {
      var item = node("li"), button = node("button", named(data.blocks[block].label), { type: "button", "class": "link" });
      button.addEventListener("click", function () { state.table = false; state.building = -1; choose(block, true); });
      item.appendChild(button);
      el("starts").appendChild(item);
    });
    empty(el("notes"));
    ((data.notes || {})[state.lang] || []).forEach(function (sentence) { el("notes").appendChild(node("li", sentence)); });
    el("notes").hidden = el("notes-title").hidden = !el("notes").firstChild;
    var more = el("more"), list = more.querySelector("dl");
    more.hidden = lines.length < 2;
    empty(list);
    lines.slice(1).concat((data.details || {})[state.lang] || []).forEach(function (line) { list.appendChild(node("dt", line[0])); list.appendChild(node("dd", line[1])); });
  }
  function choose(number, move) {
    state.block = number;
    state.pipe = -1;
    if (move && !state.table) { map.fitBounds(blocks[number].getBounds().pad(0.6)); }
    refresh();
    reveal();
  }
  // on a phone the sheet lies over the lower half, so the map goes to the upper one
  function reveal() {
    el("card").scrollTop = 0;
    if (narrow.matches && !state.table) { map.getContainer().scrollIntoView({ block: "start" }); }
  }
  function remember() {
    var block = state.block < 0 ? "" : data.blocks[state.block].id;
    var hash = "#" + [state.lang, data.variants[state.variant].key, current().key === "roadmap" ? data.indicators[0].key : current().key, block, state.table ? "table" : "map", coded(state.choice), state.pipes ? "pipes" : ""].map(encodeURIComponent).join("/");
    try { history.replaceState(null, "", hash); } catch (error) { location.hash = hash; }
  }
  function recall() {
    var parts = location.hash.slice(1).split("/").map(function (part) { try { return decodeURIComponent(part); } catch (error) { return ""; } });
    if (parts[0] === "en" || parts[0] === "pl") { state.lang = parts[0]; }
    data.variants.forEach(function (one, number) { if (one.key === parts[1]) { state.variant = number; } });
    data.indicators.forEach(function (one, number) { if (one.key === parts[2]) { state.indicator = number; } });
    data.blocks.forEach(function (one, number) { if (one.id === parts[3]) { state.block = number; } });
    state.table = parts[4] === "table";
    state.choice = decoded(parts[5] || "");
    state.pipes = Boolean(data.pipes) && parts[6] === "pipes";
    if (parts[2] === "choice" && data.amounts) { state.indicator = data.indicators.length; }
  }
  function roadmap() {
    var road = data.roadmap, slider = el("year");
    el("roadmap").hidden = !road;
    if (!road) { return; }
    options(el("road"), [say("map.roadmap.off")].concat(road.scenarios.map(function (one) { return say("code." + one); })), state.road + 1);
    el("year-label").hidden = state.road < 0;
    slider.max = String(road.years.length - 1);
    slider.value = String(state.year);
    slider.setAttribute("aria-valuetext", String(road.years[state.year]));
    el("year-shown").textContent = String(road.years[state.year]);
  }
  function refresh() {
    document.documentElement.lang = state.lang;
    document.querySelectorAll("[data-word]").forEach(function (one) { one.textContent = say(one.getAttribute("data-word")); });
    var title = say(data.difference ? "map.difference.title" : "map.title") + ": " + data.title;
    el("title").title = el("title").textContent = document.title = title;
    el("sample").hidden = !data.sample;
    el("sample").textContent = say("map.sample");
    decision();
    el("dated").textContent = say("map.dated", { date: new Intl.DateTimeFormat(state.lang === "pl" ? "pl-PL" : "en-GB", { dateStyle: "long" }).format(new Date()) });
    el("pl").setAttribute("aria-pressed", String(state.lang === "pl"));
    el("en").setAttribute("aria-pressed", String(state.lang === "en"));
    document.querySelector(".lang").setAttribute("aria-label", say("map.language"));
    hits();
    options(el("variant"), data.variants.map(function (one) { return one[state.lang]; }), state.variant);
    options(el("indicator"), data.indicators.concat(data.amounts ? [CHOICE] : []).map(function (one) { return say("map.i." + one.key); }), state.indicator);
    el("definition").textContent = data.difference
      ? say(data.difference.first ? "map.difference.runs" : "map.difference.variants", data.difference)
      : say("map.definition", { factors: say("code." + data.factors), credit: say("code.credit_" + data.credit) });
    el("abroad").hidden = !data.abroad;
    el("abroad").textContent = say("map.abroad");
    el("candidates").parentNode.hidden = Boolean(data.difference) || data.heated === false;
    el("attribution").textContent = [data.sample ? say("map.sample") : data.attribution, data.weather ? say("map.weather", { source: data.weather[state.lang] }) : "", "Leaflet"].filter(Boolean).join(" · ");
    map.getContainer().setAttribute("aria-label", say("map.map"));
    [["in", "map.closer"], ["out", "map.farther"]].forEach(function (pair) {
      var button = document.querySelector(".leaflet-control-zoom-" + pair[0]);
      button.title = say(pair[1]);
      button.setAttribute("aria-label", say(pair[1]));
    });
    el("variant").title = data.variants[state.variant][state.lang];
    roadmap();
    swipeWords();
    pipeSwitch();
    paint();
    whatIf();
    card();
    tableView();
    candidateList();
    remember();
  }
