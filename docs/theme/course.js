// What mdBook leaves out for those who read without a mouse.
"use strict";

// What scrolls sideways on a small screen must be reachable by keyboard, and must take
// the arrow keys: mdBook turns the page with them.
(() => {
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

// The sign that opens the table of contents is a <label>, which no key reaches.
(() => {
  const toggle = document.getElementById("mdbook-sidebar-toggle");
  if (!toggle) return;
  toggle.setAttribute("role", "button");
  toggle.tabIndex = 0;
  toggle.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    toggle.click();
  });
})();
