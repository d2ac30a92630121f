"use strict";
(() => {
  const templates = JSON.parse(document.getElementById("templates").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const template = () => templates[dark.matches ? "dark" : "light"];
  const config = { displayModeBar: false, responsive: true, showTips: false };
  const drawn = new Set();
  const figures = new Map();

  function draw(plot) {
    if (drawn.has(plot)) return;
    drawn.add(plot);
    const figure = JSON.parse(figures.get(plot.dataset.figure));
    Plotly.newPlot(plot, figure.data, { ...figure.layout, template: template() }, config);
  }

  // Plotly and the figures are most of the page, and travel packed.
  async function unpacked(id) {
    const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (sign) => sign.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }

  // The page's policy knows the script by its hash.
  async function run() {
    const script = document.createElement("script");
    script.textContent = await unpacked("plotly");
    document.head.append(script);
  }

  // All at once, since a page that is about to be printed draws what is left without waiting for anything.
  async function unpackFigure(plot) {
    figures.set(plot.dataset.figure, await unpacked("figure-" + plot.dataset.figure));
  }

  // A page of forty figures opens at once when each is drawn only as it comes near.
  const watcher = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
    { rootMargin: "600px" },
  );
  const key = (cell) => cell.dataset.key ?? cell.textContent;

  function sort(table, column, head) {
    const down = head.ariaSort === "ascending";
    table.querySelectorAll("th").forEach((each) => each.removeAttribute("aria-sort"));
    head.ariaSort = down ? "descending" : "ascending";
    const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[column]), row]);
    const order = ([one], [other]) => {
      if (!one || !other) return !one - !other;
      const both = [Number(one), Number(other)];
      const by = both.some(Number.isNaN) ? one.localeCompare(other) : both[0] - both[1];
      return down ? -by : by;
    };
    table.tBodies[0].append(...rows.sort(order).map(([, row]) => row));
  }
  document.querySelectorAll(".sortable").forEach((table) =>
    table.querySelectorAll("thead th").forEach((head, column) =>
      head.firstElementChild.addEventListener("click", () => sort(table, column, head)),
    ),
  );

  const plots = [...document.querySelectorAll(".plot")];
  Promise.all([run(), ...plots.map(unpackFigure)]).then(() => {
    plots.forEach((plot) => watcher.observe(plot));
    addEventListener("beforeprint", () => plots.forEach((plot) => plot.offsetParent && draw(plot)));
  });
  document.querySelectorAll(".switch").forEach((choice) =>
    choice.addEventListener("change", () =>
      drawn.forEach((plot) => plot.closest(".panel")?.offsetParent && Plotly.Plots.resize(plot)),
    ),
  );
  dark.addEventListener("change", () => drawn.forEach((plot) => Plotly.relayout(plot, { template: template() })));
})();
