"use strict";
(() => {
  const templates = JSON.parse(document.getElementById("templates").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const template = () => templates[dark.matches ? "dark" : "light"];
  const config = { displayModeBar: false, responsive: true, showTips: false };
  const drawn = new Set();

  function draw(plot) {
    if (drawn.has(plot)) return;
    drawn.add(plot);
    const figure = JSON.parse(document.getElementById("figure-" + plot.dataset.figure).textContent);
    Plotly.newPlot(plot, figure.data, { ...figure.layout, template: template() }, config);
  }

  // A page of forty figures opens at once when each is drawn only as it comes near.
  const watcher = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
    { rootMargin: "600px" },
  );
  const plots = document.querySelectorAll(".plot");
  plots.forEach((plot) => watcher.observe(plot));
  addEventListener("beforeprint", () => plots.forEach((plot) => plot.offsetParent && draw(plot)));
  document.querySelectorAll(".switch").forEach((choice) =>
    choice.addEventListener("change", () =>
      drawn.forEach((plot) => plot.closest(".panel")?.offsetParent && Plotly.Plots.resize(plot)),
    ),
  );
  dark.addEventListener("change", () => drawn.forEach((plot) => Plotly.relayout(plot, { template: template() })));
})();
