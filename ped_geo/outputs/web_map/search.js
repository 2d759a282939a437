  // words as people type them: lower case, no accents, kinds of streets shortened or left out
  var KINDS = /^(ul|ulica|os|osiedle|al|aleja|aleje|pl|plac|str|street)$/;
  function plain(text) {
    return text.toLocaleLowerCase("pl").replace(/ł/g, "l").normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[^a-z0-9äöüß/]+/g, " ").trim();
  }
  function parts(text) {
    var all = plain(text).split(" ").filter(Boolean), named = all.filter(function (word) { return !KINDS.test(word); });
    return named.length ? named : all;
  }
  function wordsBegin(wanted, name) {
    var held = parts(name);
    return wanted.every(function (word) { return held.some(function (one) { return one.indexOf(word) === 0; }); });
  }
  function sameNumber(wanted, number) { return plain(number).replace(/ /g, "") === wanted; }
  // where a typed address, estate or block lies; a house number is asked for exactly, a name by the beginning of its words
  function matches(typed) {
    var wanted = parts(typed), found = [], seen = {};
    function add(block, text) { if (!seen[block + text]) { seen[block + text] = true; found.push({ block: block, text: text }); } }
    if (!wanted.length) { return found; }
    function namedBlocks() {
      data.blocks.forEach(function (one, block) {
        var name = named(one.label), number = parseInt(one.label, 10);
        if (wanted.length === 1 && /^\d+$/.test(wanted[0]) ? String(number) === wanted[0] : wordsBegin(wanted, name)) { add(block, say("map.block") + " " + name); }
      });
    }
    var numbered = /^\d/.test(wanted[wanted.length - 1]) && wanted.length > 1;
    if (!numbered) { namedBlocks(); }
    (data.addresses || []).forEach(function (street) {
      var whole = wordsBegin(wanted, street[0]);
      var last = numbered ? wanted[wanted.length - 1] : "";
      var house = last && wordsBegin(wanted.slice(0, -1), street[0]);
      if (!whole && !house) { return; }
      street[1].forEach(function (pair) {
        var where = " (" + say("map.block") + " " + named(data.blocks[pair[0]].label) + ")";
        if (whole) { add(pair[0], street[0] + where); }
        if (house) { pair[1].forEach(function (number) { if (sameNumber(last, number)) { add(pair[0], street[0] + " " + number + where); } }); }
      });
    });
    // an address is meant before the block of that number
    if (numbered) { namedBlocks(); }
    return found;
  }
  var MOST_HITS = 12;
  function hits() {
    var list = el("hits"), typed = el("search").value, found = matches(typed);
    empty(list);
    list.hidden = !found.length;
    el("found").textContent = !typed.trim() ? "" : found.length ? say("map.hits", { count: num(found.length) }) : say("map.nothing");
    found.slice(0, MOST_HITS).forEach(function (hit) {
      var item = node("li"), button = node("button", hit.text, { type: "button", "class": "link" });
      button.addEventListener("click", function () { go(hit); });
      item.appendChild(button);
      list.appendChild(item);
    });
    return found;
  }
  function go(hit) { state.building = -1; choose(hit.block, true); }
  function first() { var found = matches(el("search").value); if (found.length) { go(found[0]); } }
