"use strict";

for (const table of document.querySelectorAll("table.sortable")) {
  const headers = [...table.tHead.rows[0].cells];
  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const sign = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of headers) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      // What is missing comes last in both directions.
      const place = (row) => row.cells[column].dataset.place;
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort((a, b) => {
        if (place(a) === "" || place(b) === "") return (place(a) === "") - (place(b) === "");
        return sign * (place(a) - place(b));
      }));
    });
  });
}

// On a narrow screen the contents fold into a bar at the top.
const contents = document.querySelector(".contents details");
const narrow = window.matchMedia("(max-width: 63.99rem)");
const fold = () => { contents.open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();
contents.addEventListener("click", (event) => {
  if (narrow.matches && event.target.closest("a")) contents.open = false;
});

// What is wider than its box says so, and can be reached with the keyboard.
const boxes = document.querySelectorAll(".scroll");
const measure = () => {
  for (const box of boxes) box.classList.toggle("wide", box.scrollWidth > box.clientWidth + 1);
};
window.addEventListener("resize", measure);
measure();

// What is folded is printed as well.
const folded = () => document.querySelectorAll("main details:not([open])");
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...folded()];
  for (const details of opened) details.open = true;
});
window.addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});
