  // words in the chosen language, numbers as they are written in it, and elements that hold text and never markup
  function say(key, values) {
    var text = (words[key] || { pl: key, en: key })[state.lang];
    Object.keys(values || {}).forEach(function (name) { text = text.split("{" + name + "}").join(values[name]); });
    return text;
  }
  // a block on no named street has only its number, a candidate named after it a letter before
  function named(label) { return label.replace(/^([A-Z]+: )?(\d+)$/, function (_, letter, number) { return (letter || "") + say("map.unnamed_block", { number: number }); }); }
  function num(value, digits) {
    if (value === null || value === undefined) { return "–"; }
    var locale = state.lang === "pl" ? "pl-PL" : "en-GB";
    var written = new Intl.NumberFormat(locale, { minimumFractionDigits: digits || 0, maximumFractionDigits: digits || 0, useGrouping: "always" }).format(Math.abs(value));
    var zero = Number(Math.abs(value).toFixed(digits || 0)) === 0;
    return (value < 0 && !zero ? "−" : "") + written;
  }
  // a per cent sign stands at its number, every other unit behind a space
  function measured(written, unit) { return written + (unit === "%" ? "" : "\u00a0") + unit; }
  function node(tag, text, attributes) {
    var made = document.createElement(tag);
    if (text !== undefined && text !== null) { made.textContent = text; }
    Object.keys(attributes || {}).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    return made;
  }
  function empty(parent) { while (parent.firstChild) { parent.removeChild(parent.firstChild); } }

  function decode(rings) {
    return rings.map(function (steps) {
      var y = 0, x = 0, ring = [];
      for (var i = 0; i < steps.length; i += 2) { y += steps[i]; x += steps[i + 1]; ring.push([y / 1e6, x / 1e6]); }
      return ring;
    });
  }
  function options(select, items, chosen) {
    empty(select);
    items.forEach(function (text, number) {
      var option = node("option", text, { value: String(number) });
      option.selected = number === chosen;
      select.appendChild(option);
    });
  }
