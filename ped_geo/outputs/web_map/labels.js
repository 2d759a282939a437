  // numbers of blocks, letters of candidates, names of estates, parks, waters and streets, drawn from the data; a name that finds no room waits for a closer look
  var Labels = L.Layer.extend({
    onAdd: function (where) {
      var pane = where.createPane("ped-labels");
      pane.style.zIndex = 620;
      pane.style.pointerEvents = "none";
      this.canvas = L.DomUtil.create("canvas", "", pane);
      this.canvas.setAttribute("aria-hidden", "true");
      where.on("moveend zoomend resize viewreset", this.draw, this);
      where.on("zoomstart", function () { this.canvas.style.display = "none"; }, this);
      this.draw();
    },
    // a browser prints what was drawn and not what stands there: of a canvas that was cleared it prints a white sheet over all below
    fresh: function () {
      var another = L.DomUtil.create("canvas");
      another.setAttribute("aria-hidden", "true");
      this.canvas.replaceWith(another);
      this.canvas = another;
    },
    draw: function () {
      if (map.getContainer().classList.contains("paper")) { this.fresh(); }
      var size = map.getSize(), scale = window.devicePixelRatio || 1, canvas = this.canvas, pen = canvas.getContext("2d"), taken = [];
      canvas.style.display = "";
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      canvas.width = size.x * scale;
      canvas.height = size.y * scale;
      canvas.style.width = size.x + "px";
      canvas.style.height = size.y + "px";
      pen.scale(scale, scale);
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.lineJoin = "round";
      function free(x, y, w, h) {
        var box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
        if (box[0] < 0 || box[1] < 0 || box[2] > size.x || box[3] > size.y) { return false; }
        if (taken.some(function (one) { return box[0] < one[2] && box[2] > one[0] && box[1] < one[3] && box[3] > one[1]; })) { return false; }
        taken.push(box);
        return true;
      }
      function write(text, x, y, angle, tone) {
        pen.save();
        pen.translate(x, y);
        pen.rotate(angle);
        pen.lineWidth = 3.5;
        pen.strokeStyle = "rgba(255,255,255,0.9)";
        pen.strokeText(text, 0, 0);
        pen.fillStyle = tone;
        pen.fillText(text, 0, 0);
        pen.restore();
      }
      function placed(text, at, tone) {
        var point = map.latLngToContainerPoint(at);
        if (free(point.x, point.y, pen.measureText(text).width + 6, 16)) { write(text, point.x, point.y, 0, tone); }
      }
      pen.font = "bold 15px 'DejaVu Sans', sans-serif";
      data.candidates.forEach(function (one) {
        var letter = (/^([A-Z]+):/.exec(one.label) || [])[1], middle = map.latLngToContainerPoint(L.latLngBounds([].concat.apply([], decode(one.rings))).getCenter());
        if (letter && free(middle.x, middle.y, pen.measureText(letter).width + 6, 18)) { write(letter, middle.x, middle.y, 0, "#9a3412"); }
      });
      pen.font = "bold 12px 'DejaVu Sans', sans-serif";
      data.blocks.forEach(function (one, block) {
        if (!one.at || !numbered(block)) { return; }
        var point = map.latLngToContainerPoint(one.at), text = (/^\d+/.exec(one.label) || [""])[0];
        // beside the letter of a candidate rather than not at all
        [0, 17, -17].some(function (lower) {
          var room = text && free(point.x, point.y + lower, pen.measureText(text).width + 4, 14);
          if (room) { write(text, point.x, point.y + lower, 0, "#1b1b1b"); }
          return room;
        });
      });
      // estates before streets, then parks and waters
      pen.font = "bold 13px 'DejaVu Sans', sans-serif";
      (data.estates || []).forEach(function (one) { placed(one[0], one[1], "#4a3f2f"); });
      pen.font = "italic 12px 'DejaVu Sans', sans-serif";
      (data.ground || []).forEach(function (one) { if (one.name) { placed(one.name, one.at, one.kind === "water" ? "#0b4a6f" : "#2f5d1e"); } });
      pen.font = "12px 'DejaVu Sans', sans-serif";
      (data.streets || []).forEach(function (street) { streetName(street, pen, free, write); });
    }
  });
  // along the longest straight part of the street that is long enough for its name
  function streetName(street, pen, free, write) {
    var width = pen.measureText(street[0]).width, best = null;
    street[1].forEach(function (line) {
      for (var i = 1; i < line.length; i++) {
        var a = map.latLngToContainerPoint(line[i - 1]), b = map.latLngToContainerPoint(line[i]), length = a.distanceTo(b);
        if (length >= 0.7 * width && (!best || length > best[2])) { best = [a, b, length]; }
      }
    });
    if (!best) { return; }
    var angle = Math.atan2(best[1].y - best[0].y, best[1].x - best[0].x);
    if (angle > Math.PI / 2) { angle -= Math.PI; } else if (angle < -Math.PI / 2) { angle += Math.PI; }
    var x = (best[0].x + best[1].x) / 2, y = (best[0].y + best[1].y) / 2;
    var wide = Math.abs(Math.cos(angle)) * width + 14, high = Math.abs(Math.sin(angle)) * width + 14;
    if (free(x, y, wide, high)) { write(street[0], x, y, angle, "#4a3f2f"); }
  }
  new Labels().addTo(map);
