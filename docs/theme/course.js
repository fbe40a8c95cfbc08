// What scrolls sideways on a small screen must be reachable by keyboard, and must take
// the arrow keys: mdBook turns the page with them.
(() => {
  "use strict";

  const label = document.documentElement.lang.startsWith("zh")
    ? "可以左右滚动"
    : "scrolls sideways";

  function update(box) {
    const scrolls = box.scrollWidth > box.clientWidth;
    if (scrolls) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", label);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    }
  }

  const observer = new ResizeObserver((entries) => {
    for (const entry of entries) update(entry.target);
  });

  for (const box of document.querySelectorAll("pre > code, .table-wrapper, .drawing")) {
    observer.observe(box);
    box.addEventListener("keydown", (event) => {
      const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
      if (sideways && box.tabIndex === 0) event.stopPropagation();
    });
  }
})();
