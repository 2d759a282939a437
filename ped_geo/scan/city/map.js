  // the council map of a scan: blocks in the order of the ranking, drawn from PED
  var map = PED_MAP, data = PED, words = PED_WORDS;
  var state = { lang: data.lang, theme: 0, place: -1, block: -1, building: -1, table: false, sort: null, rows: 100 };
  var narrow = window.matchMedia("(max-width: 720px)");
  var el = function (id) { return document.getElementById("ped-" + id); };
  var MORE_ROWS = 200, CARD = Object.keys(data.columns).filter(function (name) { return data.columns[name].card; });
  data.blocks = data.table.label.map(function (label, number) { return { label: label, at: data.table.at[number] }; });
  function theme() { return data.themes[state.theme]; }
  function told() { return data.said[state.lang]; }
  function written(name, block) {
    var column = data.columns[name], value = column.values[block], unit = column.unit[state.lang].replace("¤", data.table.currency[block]);
    return value === null ? "–" : unit && unit !== "-" ? measured(num(value, column.digits), unit) : num(value, column.digits);
  }
  function why(block) {
    return say("scan.map.why", { rank: num(block + 1), count: num(data.blocks.length), reason: say("code." + data.table.reason[block]) });
  }
  // letter of the candidate group of a block
  function letter(block) { var group = data.table.group[block]; return group < 0 ? "" : data.candidates[group].label.split(":")[0]; }

  function tip(number) {
    var box = node("div"), column = theme().column;
    box.appendChild(node("strong", named(data.blocks[number].label)));
    box.appendChild(node("div", why(number)));
    if (column) { box.appendChild(node("div", written(column, number))); }
    if (theme().key === "type") { box.appendChild(node("div", say("code." + data.table.type[number]))); }
    return box;
  }
  // a number is written where its block is wide enough to hold it
  function numbered(block) {
    var box = blocks[block].getBounds(), west = map.latLngToContainerPoint(box.getSouthWest()), east = map.latLngToContainerPoint(box.getNorthEast());
    return data.table.reason[block] !== "scan_empty" && east.x - west.x > 34 && west.y - east.y > 20;
  }
  function paint() {
    var shown = theme();
    blocks.forEach(function (shape, number) { shape.setStyle({ fillColor: shown.colours[shown.tone[number]] }); });
    choice();
  }
  function choice() {
    if (chosenShape) { map.removeLayer(chosenShape); }
    chosenShape = state.block < 0 ? null : L.polygon(decode(data.rings[state.block]), { renderer: canvas, fill: false, color: "#000", weight: 4, interactive: false }).addTo(map);
  }
  function legend() {
    var shown = theme(), list = el("legend");
    empty(list);
    el("legend-unit").textContent = shown.unit[state.lang] ? "[" + shown.unit[state.lang] + "]" : "";
    function item(text, kind, tone) {
      var line = node("li"), key = node("span", null, { "class": "key" + kind, "aria-hidden": "true" });
      if (tone) { key.style.background = tone + "bf"; } // as opaque as the blocks
      line.appendChild(key);
      line.appendChild(node("span", text));
      list.appendChild(line);
    }
    shown.colours.forEach(function (tone, number) { item(shown.labels[state.lang][number], "", tone); });
    if (data.candidates.length) { item(say("city.groups"), " candidate"); }
  }
  function row(body, label, value) {
    var line = node("tr");
    line.appendChild(node("th", label, { scope: "row" }));
    line.appendChild(node("td", value, { "class": "n" }));
    body.appendChild(line);
  }
  function card() {
    var place = el("card"), block = state.block;
    empty(place);
    document.body.classList.toggle("told", block >= 0);
    if (block < 0) { place.appendChild(node("p", say("scan.map.help"))).className = "hint"; return; }
    var button = node("button", say("map.close"), { type: "button", "class": "close" }), table = node("table"), body = node("tbody");
    button.addEventListener("click", dismiss);
    place.appendChild(button);
    place.appendChild(node("h2", say("map.block") + " " + named(data.blocks[block].label)));
    place.appendChild(node("p", why(block)));
    if (data.places.length > 1) { row(body, say("scan.map.place"), data.places[data.table.place[block]]); }
    if (data.heat) { row(body, say("city.type"), say("code." + data.table.type[block])); }
    if (data.table.way[block] >= 0) { row(body, say("city.way"), data.table.ways[data.table.way[block]][state.lang]); }
    if (data.table.group[block] >= 0) { row(body, say("city.group"), named(data.candidates[data.table.group[block]].label)); }
    CARD.concat(["known_share"]).forEach(function (name) { if (data.columns[name].values[block] !== null) { row(body, data.columns[name].label[state.lang], written(name, block)); } });
    table.appendChild(body);
    place.appendChild(table);
  }
  function dismiss() { state.block = -1; refresh(); }
  var COLUMNS = [
    ["city.rank", function (block) { return block + 1; }],
    ["city.block", function (block) { return named(data.blocks[block].label); }],
    ["city.type", function (block) { return say("code." + data.table.type[block]); }],
    ["scan.map.reason", function (block) { return say("code." + data.table.reason[block]); }],
    ["city.group", function (block) { return letter(block); }]
  ].concat(["best_balance_kwh_m2a", "balance_today_kwh_m2a", "heat_need_kwh_m2a", "linear_density_mwh_m_a", "pv_kwp", "residents", "known_share"]);
  function cell(column, block) { return typeof column === "string" ? data.columns[column].values[block] : column[1](block); }
  // blocks without a value stand last in either order
  function inOrder() {
    var chosen = data.blocks.map(function (_, number) { return number; }).filter(function (number) { return state.place < 0 || data.table.place[number] === state.place; });
    if (!state.sort) { return chosen; }
    var column = COLUMNS[state.sort[0]], way = state.sort[1], keys = chosen.map(function (number) { return cell(column, number); }), compare = new Intl.Collator(state.lang, { numeric: true }).compare;
    return chosen.map(function (number, at) { return [number, keys[at]]; }).sort(function (a, b) {
      var none = function (value) { return value === null || value === ""; };
      if (none(a[1]) || none(b[1])) { return none(a[1]) - none(b[1]) || a[0] - b[0]; }
      return way * (typeof a[1] === "number" ? a[1] - b[1] : compare(a[1], b[1])) || a[0] - b[0];
    }).map(function (pair) { return pair[0]; });
  }
  function tableView() {
    var place = el("table");
    empty(place);
    place.hidden = !state.table;
    document.body.classList.toggle("tabled", state.table);
    el("view").setAttribute("aria-pressed", String(state.table));
    el("view").textContent = say(state.table ? "map.map" : "map.table");
    if (!state.table) { return; }
    var table = node("table"), head = node("tr"), body = node("tbody"), top = node("thead"), order = inOrder(), caption = node("caption");
    caption.appendChild(node("span", say("city.ranking", { count: num(Math.min(state.rows, order.length)) })));
    table.appendChild(caption);
    COLUMNS.forEach(function (column, number) {
      var way = state.sort && state.sort[0] === number ? state.sort[1] : 0, about = typeof column === "string" ? data.columns[column] : null;
      var title = node("th", null, { scope: "col", "aria-sort": way > 0 ? "ascending" : way < 0 ? "descending" : "none" });
      var sorter = node("button", (about ? about.label[state.lang] : say(column[0])) + (way > 0 ? " ▲" : way < 0 ? " ▼" : ""), { type: "button", "class": "link" });
      sorter.addEventListener("click", function () { state.sort = [number, way === 0 && about ? -1 : way === 1 ? -1 : 1]; tableView(); el("table").querySelectorAll("thead button")[number].focus(); });
      title.appendChild(sorter);
      if (about && about.unit[state.lang] && about.unit[state.lang] !== "-") { title.appendChild(document.createTextNode(" ")); title.appendChild(node("span", "[" + about.unit[state.lang] + "]", { "class": "unit" })); }
      head.appendChild(title);
    });
    top.appendChild(head);
    table.appendChild(top);
    order.slice(0, state.rows).forEach(function (number) {
      var line = node("tr", null, number === state.block ? { "class": "chosen" } : {});
      COLUMNS.forEach(function (column, at) {
        var value = cell(column, number), box = node("td", at === 1 ? null : typeof column === "string" ? num(value, data.columns[column].digits) : typeof value === "number" ? num(value) : value);
        if (at === 1) {
          var button = node("button", value, { type: "button", "class": "link" });
          button.addEventListener("click", function () { choose(number, true); el("table").querySelector("tr.chosen button").focus(); });
          box.appendChild(button);
        }
        line.appendChild(box);
      });
      body.appendChild(line);
    });
    table.appendChild(body);
    place.appendChild(table);
    if (order.length > state.rows) {
      var more = node("button", say("scan.map.more", { count: num(Math.min(MORE_ROWS, order.length - state.rows)) }), { type: "button", "class": "more" });
      more.addEventListener("click", function () { state.rows += MORE_ROWS; tableView(); });
      place.appendChild(more);
    }
  }
  function grid(parent, head, rows) {
    var table = node("table"), top = node("thead"), body = node("tbody"), line = node("tr");
    empty(parent);
    head.forEach(function (one) { line.appendChild(node("th", one, { scope: "col" })); });
    top.appendChild(line);
    rows.forEach(function (cells) {
      var next = node("tr");
      cells.forEach(function (one) { next.appendChild(node("td", one)); });
      body.appendChild(next);
    });
    table.appendChild(top);
    table.appendChild(body);
    parent.appendChild(table);
  }
  function sentences() {
    var said = told(), list = el("more").querySelector("dl"), networks = data.networks[state.lang];
    // each place has a verdict of its own, which stands before the sentence about the blocks of all
    el("verdict").textContent = said.page_one[data.verdicts === 1 ? 0 : state.place < 0 ? data.verdicts : said.verdict_of[state.place]][1];
    empty(el("starts"));
    said.starts.forEach(function (one, number) {
      var item = node("li"), button = node("button", one, { type: "button", "class": "link" });
      button.addEventListener("click", function () { toGroup(number); });
      item.appendChild(button);
      el("starts").appendChild(item);
    });
    el("groups").hidden = !data.heat;
    document.querySelectorAll(".heat").forEach(function (one) { one.hidden = !data.heat; });
    el("starts-title").hidden = !said.starts.length;
    empty(list);
    said.page_one.concat(said.floor_finding ? [[say("city.floor"), said.floor_finding]] : []).forEach(function (pair) { list.appendChild(node("dt", pair[0])); list.appendChild(node("dd", pair[1])); });
    empty(el("candidates"));
    said.groups.forEach(function (one, number) {
      var item = node("li"), text = say("scan.map.group", { label: one.label, count: one.count, area: one.area, balance: one.balance, goal: one.goal, investment: one.investment, payback: one.payback });
      var button = node("button", data.places.length > 1 ? one.place + ", " + text : text, { type: "button", "class": "link" });
      button.addEventListener("click", function () { toGroup(number); });
      item.appendChild(button);
      el("candidates").appendChild(item);
    });
    if (!said.groups.length) { el("candidates").appendChild(node("li", say("city.groups.none"))); }
    el("groups-left").textContent = said.groups_left;
    grid(el("sums").querySelector(".wide"), ["place", "figure", "value", "known", "deviation"].map(function (one) { return say("scan.head." + one); }), said.totals.map(function (one) { return [one.place, one.figure, one.value, one.known, one.deviation]; }));
    el("networks").hidden = !networks.rows;
    if (networks.rows) { grid(el("networks").querySelector(".wide"), networks.head, networks.rows); }
    empty(el("said"));
    said.methods.concat(said.failed).forEach(function (one) { el("said").appendChild(node("p", one)); });
  }
  function toGroup(number) {
    if (state.table) { state.table = false; refresh(); }
    map.fitBounds(L.latLngBounds([].concat.apply([], decode(data.candidates[number].rings))).pad(0.3));
  }
  function choose(number, move) {
    state.block = number;
    if (move && !state.table) { map.fitBounds(blocks[number].getBounds().pad(2), { maxZoom: 17 }); }
    choice();
    card();
    if (state.table) { tableView(); }
    el("card").scrollTop = 0;
    if (narrow.matches) { if (!state.table) { map.getContainer().scrollIntoView({ block: "start" }); } } else { el("card").scrollIntoView({ block: "nearest" }); }
  }
  function refresh() {
    document.documentElement.lang = state.lang;
    document.querySelectorAll("[data-word]").forEach(function (one) { one.textContent = say(one.getAttribute("data-word")); });
    document.querySelectorAll("[data-label]").forEach(function (one) { one.setAttribute("aria-label", say(one.getAttribute("data-label"))); });
    el("title").textContent = el("title").title = document.title = say("scan.map.title") + ": " + data.title;
    el("sample").hidden = !data.sample;
    el("dated").textContent = say("map.dated", { date: new Intl.DateTimeFormat(state.lang === "pl" ? "pl-PL" : "en-GB", { dateStyle: "long" }).format(new Date()) });
    ["pl", "en"].forEach(function (lang) { el(lang).setAttribute("aria-pressed", String(state.lang === lang)); });
    document.querySelector(".lang").setAttribute("aria-label", say("map.language"));
    el("place-label").hidden = data.places.length < 2;
    options(el("place"), [say("scan.map.all")].concat(data.places), state.place + 1);
    options(el("indicator"), data.themes.map(function (one) { return say("city.map." + one.key); }), state.theme);
    el("attribution").textContent = data.attribution[state.lang].concat(["Leaflet"]).join(" · ");
    map.getContainer().setAttribute("aria-label", say("map.map"));
    [["in", "map.closer"], ["out", "map.farther"]].forEach(function (pair) {
      var button = document.querySelector(".leaflet-control-zoom-" + pair[0]);
      button.title = say(pair[1]);
      button.setAttribute("aria-label", say(pair[1]));
    });
    sentences();
    legend();
    hits();
    choice();
    card();
    tableView();
  }
  function extent(place) {
    var box = L.latLngBounds([]);
    outlines.forEach(function (rings, number) { if (place < 0 || data.table.place[number] === place) { rings[0].forEach(function (point) { box.extend(point); }); } });
    return box;
  }
  function whole() {
    map.invalidateSize();
    map.fitBounds(state.block < 0 ? extent(state.place).pad(0.03) : blocks[state.block].getBounds().pad(2), { animate: false, reset: true });
  }
  // head and decision take as many lines as they need on a phone; the map fills what they leave
  function settle() {
    document.documentElement.style.setProperty("--head", el("head").offsetHeight + "px");
    document.documentElement.style.setProperty("--above", el("head").offsetHeight + el("decision").offsetHeight + "px");
    map.invalidateSize();
  }
  // words and view come before the shapes, so that these are projected and drawn once
  // one canvas for all: a canvas on top of another would keep every click for itself
  var canvas = L.canvas({ padding: 0.2 }), chosenShape = null, blocks = [], outlines = data.rings.map(decode);
  map.options.zoomSnap = 0.25;
  // of places that lie far apart nothing would be seen at once
  var extents = data.places.map(function (_, place) { return extent(place); }), all = extent(-1);
  function width(box) { return box.getEast() - box.getWest(); }
  if (data.places.length > 1 && width(all) > 20 * Math.max.apply(null, extents.map(width))) { state.place = 0; }
  refresh();
  settle();
  whole();
  var lines = [].concat.apply([], data.streets.map(function (street) { return street[1]; }));
  L.polyline(lines, { renderer: canvas, weight: 1.2, color: "#b9b3a6", interactive: false }).addTo(map);
  var fine = data.blocks.length > 500 ? 0.4 : 1;
  blocks = outlines.map(function (rings, number) {
    return L.polygon(rings, { renderer: canvas, weight: fine, color: "#333", fillOpacity: 0.75, fillColor: theme().colours[theme().tone[number]], number: number });
  });
  // one tooltip and one listener for all blocks: thousands of them would take longer to make than the map
  L.featureGroup(blocks).on("click", function (event) { choose(event.layer.options.number, false); })
    .bindTooltip(function (shape) { return tip(shape.options.number); }, { sticky: true }).addTo(map);
  data.candidates.forEach(function (one) {
    L.polygon(decode(one.rings), { renderer: canvas, fill: false, color: "#d55e00", weight: 2.5, dashArray: "8 5", interactive: false }).addTo(map);
  });
  (data.pipes ? decode(data.pipes.lines) : []).forEach(function (line, number) {
    L.polyline(line, { renderer: canvas, weight: 1 + data.pipes.dn[number] / 50, color: "#111", interactive: false }).addTo(map);
  });
  L.control.scale({ imperial: false }).addTo(map);
