  // what if: each block in a variant of its own; a block that is not counted has -1. Without a choice all blocks have the variant shown.
  function variantOf(block) { return state.choice ? state.choice[block] : state.variant; }
  function used(variant) { return data.blocks.some(function (_, block) { return variantOf(block) === variant; }); }
  function begun() {
    if (!state.choice) { state.choice = data.blocks.map(function () { return state.variant; }); }
    return state.choice;
  }
  function take(pairs) {
    state.choice = data.blocks.map(function () { return -1; });
    pairs.forEach(function (pair) { state.choice[pair[0]] = pair[1]; });
    state.indicator = data.indicators.length;
    state.table = false;
    state.road = -1;
    el("what").open = true;
    refresh();
  }
  // sums of the blocks, as the program makes the figures of a group
  function sums() {
    var total = { blocks: 0 };
    Object.keys(data.amounts).forEach(function (name) { total[name] = 0; });
    data.blocks.forEach(function (_, block) {
      var variant = variantOf(block);
      if (variant < 0) { return; }
      total.blocks += 1;
      Object.keys(data.amounts).forEach(function (name) { total[name] += data.amounts[name][variant][block]; });
    });
    var years = total.saving > 0 ? (total.investment - total.grant) / total.saving : null;
    return {
      blocks: total.blocks,
      floor: total.floor,
      balance: total.floor > 1 ? total.balance / total.floor : null,
      co2: total.co2,
      investment: total.investment,
      grant: total.grant,
      payback: years > 0 ? years : null
    };
  }
  function halfUp(value, digits) {
    if (value === null) { return null; }
    var shifted = Math.round(Number(Math.abs(value).toPrecision(15) + "e" + digits));
    return (value < 0 ? -1 : 1) * Number(shifted + "e-" + digits);
  }
  function writtenSum(name, total) {
    var how = data.written[name];
    return total[name] === null ? null : halfUp(total[name] * how.times / how.per, how.digits);
  }
  function whatIf() {
    var place = el("what");
    place.hidden = !data.amounts || data.heated === false;
    if (place.hidden) { return; }
    var total = sums(), body = el("what-sums"), balance = writtenSum("balance", total);
    el("what-verdict").textContent = balance === null ? say("map.choice.nothing")
      : say(total.balance >= 0 ? "map.choice.positive" : "map.choice.negative", { value: num(Math.abs(balance), data.written.balance.digits) });
    empty(body);
    row(body, say("map.choice.blocks"), num(total.blocks));
    row(body, say("map.area"), num(total.floor) + " m²");
    ["balance", "co2", "investment", "grant", "payback"].forEach(function (name) {
      var how = data.written[name], value = writtenSum(name, total);
      row(body, say("map.choice." + name), value === null ? "–" : measured(num(value, how.digits), how.unit[state.lang]));
    });
    el("what-reset").disabled = !state.choice;
  }
  function chooser(block) {
    var label = node("label", null, { "class": "chooser" }), select = node("select", null, { id: "ped-block-variant" });
    label.appendChild(node("span", say("map.choice.block")));
    options(select, [say("map.choice.out")].concat(data.variants.map(function (one) { return one[state.lang]; })), variantOf(block) + 1);
    select.addEventListener("change", function () {
      begun()[block] = Number(select.value) - 1;
      el("what").open = true;
      refresh();
      el("block-variant").focus();
    });
    label.appendChild(select);
    return label;
  }
  // the choice in the link: variants by their number, each with how many blocks have it in a row
  function coded(choice) {
    if (!choice) { return ""; }
    var runs = [];
    choice.forEach(function (variant) {
      var last = runs[runs.length - 1];
      if (last && last[0] === variant) { last[1] += 1; } else { runs.push([variant, 1]); }
    });
    return runs.map(function (run) { return (run[0] < 0 ? "n" : run[0]) + "x" + run[1]; }).join(".");
  }
  function decoded(text) {
    if (!data.amounts || !/^(n|\d+)x\d+(\.(n|\d+)x\d+)*$/.test(text)) { return null; }
    var choice = [];
    text.split(".").forEach(function (run) {
      var pair = run.split("x"), variant = pair[0] === "n" ? -1 : Number(pair[0]), count = Number(pair[1]);
      for (var i = 0; i < count && choice.length <= data.blocks.length; i++) { choice.push(variant); }
    });
    var fits = choice.length === data.blocks.length && choice.every(function (one) { return one < data.variants.length; });
    return fits ? choice : null;
  }
  function saved() {
    var lines = ["block_id,variant"];
    data.blocks.forEach(function (one, block) { if (variantOf(block) >= 0) { lines.push(one.id + "," + data.variants[variantOf(block)].key); } });
    return lines.join("\n") + "\n";
  }
  function wire() {
    el("what-reset").addEventListener("click", function () { state.choice = null; refresh(); });
    el("what-none").addEventListener("click", function () { state.choice = data.blocks.map(function () { return -1; }); refresh(); });
    el("what-save").addEventListener("click", function () {
      var link = node("a", null, { href: "data:text/csv;charset=utf-8," + encodeURIComponent(saved()), download: "choice.csv" });
      document.body.appendChild(link);
      link.click();
      document.body.removeChild(link);
    });
    el("other").addEventListener("change", function (event) { state.other = Number(event.target.value) - 1; refresh(); });
    el("swipe").addEventListener("input", clipped);
    map.on("move zoomend resize", clipped);
  }
