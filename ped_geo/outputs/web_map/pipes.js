  // pipes of the heat network above the blocks, as wide as they are; what one carries stands in the card
  var pipes = data.pipes, pipeShapes = [];
  function pipeWidth(dn) { return 1 + dn / 50; }
  function pipeTip(number) { return node("span", "DN " + pipes.dn[number] + ", " + measured(num(pipes.flow[number], pipes.said.flow.digits), pipes.said.flow.unit[state.lang])); }
  function drawPipes() {
    var wanted = Boolean(pipes) && state.pipes && !pipeShapes.length;
    if (pipeShapes.length && !state.pipes) { pipeShapes.forEach(function (shape) { map.removeLayer(shape); }); pipeShapes = []; }
    if (wanted) {
      pipeShapes = decode(pipes.lines).map(function (line, number) {
        var shape = L.polyline(line, { renderer: canvas, weight: pipeWidth(pipes.dn[number]), color: pipes.colour, opacity: 0.95 });
        shape.bindTooltip(function () { return pipeTip(number); }, { sticky: true });
        shape.on("click", function (event) { L.DomEvent.stopPropagation(event); state.pipe = number; refresh(); reveal(); });
        return shape.addTo(map);
      });
    }
    pipeShapes.forEach(function (shape, number) { shape.setStyle({ color: number === state.pipe ? "#000" : pipes.colour }).bringToFront(); });
  }
  function pipeLegend(legend) {
    if (!pipes || !state.pipes) { return; }
    pipes.widths.forEach(function (dn) {
      var item = node("li"), key = node("span", null, { "class": "key pipe", "aria-hidden": "true" });
      key.style.borderTop = pipeWidth(dn) + "px solid " + pipes.colour;
      item.appendChild(key);
      item.appendChild(node("span", say("map.pipes.dn", { dn: dn })));
      legend.appendChild(item);
    });
  }
  // what is said of the pipe that was pressed
  function pipeCard(number) {
    var box = node("div", null, { "class": "house" }), table = node("table"), body = node("tbody");
    box.appendChild(node("h3", say("map.pipes.one")));
    ["dn", "flow", "heat", "density", "cost"].forEach(function (name) {
      var about = pipes.said[name], value = pipes[name][number];
      if (value !== null) { row(body, about[state.lang], about.unit[state.lang] ? measured(num(value, about.digits), about.unit[state.lang]) : String(value)); }
    });
    row(body, say("map.pipes.state"), say("code." + pipes.states[pipes.state[number]]));
    if (pipes.laid[number] !== null) { row(body, say("map.pipes.laid"), String(pipes.laid[number])); }
    if (pipes.owners[pipes.owner[number]]) { row(body, say("map.pipes.owner"), pipes.owners[pipes.owner[number]]); }
    table.appendChild(body);
    box.appendChild(table);
    return box;
  }
  function pipeSwitch() {
    el("pipes").parentNode.hidden = !pipes;
    el("pipes").checked = Boolean(state.pipes);
  }
