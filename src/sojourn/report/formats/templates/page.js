"use strict";
// Shows one scenario at a time, the same in every section. Without scripts all are shown.
(function () {
  var groups = Array.prototype.slice.call(document.querySelectorAll(".tabs"));
  function choose(name) {
    groups.forEach(function (group) {
      var panels = Array.prototype.slice.call(group.querySelectorAll(".tab"));
      var has = panels.some(function (panel) { return panel.dataset.scenario === name; });
      if (!has) { return; }
      panels.forEach(function (panel) { panel.hidden = panel.dataset.scenario !== name; });
      group.querySelectorAll("[role=tab]").forEach(function (button) {
        var on = button.dataset.scenario === name;
        button.setAttribute("aria-selected", String(on));
        button.tabIndex = on ? 0 : -1;
      });
    });
  }
  groups.forEach(function (group, number) {
    var bar = document.createElement("div");
    bar.className = "bar";
    bar.setAttribute("role", "tablist");
    bar.setAttribute("aria-label", document.body.dataset.scenario);
    group.querySelectorAll(".tab").forEach(function (panel, place) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = panel.dataset.scenario;
      button.dataset.scenario = panel.dataset.scenario;
      button.setAttribute("role", "tab");
      button.id = "tab-" + number + "-" + place;
      panel.id = "panel-" + number + "-" + place;
      button.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      button.addEventListener("click", function () {
        var before = button.getBoundingClientRect().top;
        choose(panel.dataset.scenario);
        // Sections above may change height; keep the button under the reader's finger.
        window.scrollBy(0, button.getBoundingClientRect().top - before);
      });
      bar.appendChild(button);
    });
    bar.addEventListener("keydown", function (event) {
      var step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (!step) { return; }
      var buttons = Array.prototype.slice.call(bar.children);
      var next = buttons[(buttons.indexOf(event.target) + step + buttons.length) % buttons.length];
      event.preventDefault();
      next.click();
      next.focus();
    });
    group.insertBefore(bar, group.firstChild);
    group.classList.add("live");
    // A section may lack the scenario that is shown first.
    choose(group.querySelector(".tab").dataset.scenario);
  });

  choose(document.body.dataset.start);

  var links = {};
  document.querySelectorAll(".contents a").forEach(function (link) {
    links[link.getAttribute("href").slice(1)] = link;
  });
  var contents = document.querySelector(".contents details");
  if (contents && window.matchMedia("(max-width: 1020px)").matches) { contents.open = false; }
  if ("IntersectionObserver" in window) {
    var watch = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) { return; }
        Object.keys(links).forEach(function (key) { links[key].removeAttribute("aria-current"); });
        links[entry.target.id].setAttribute("aria-current", "true");
      });
    }, { rootMargin: "-15% 0px -75% 0px" });
    document.querySelectorAll("main > section").forEach(function (part) {
      if (links[part.id]) { watch.observe(part); }
    });
  }
})();
