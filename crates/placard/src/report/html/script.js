(() => {
  "use strict";
  const root = document.documentElement;

  // Light and dark, remembered for as long as the page is open.
  const theme = document.getElementById("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  // The numbers under the pointer, in place of the browser's slow titles.
  const tip = document.getElementById("tip");
  for (const hit of document.querySelectorAll(".hit")) {
    const title = hit.querySelector("title");
    const lines = title.textContent.trim().split("\n").map((line) => line.trim().split("\t"));
    title.remove();
    const show = (event) => {
      tip.replaceChildren(
        ...lines.map(([name, value]) => {
          const line = document.createElement(value === undefined ? "b" : "span");
          for (const text of value === undefined ? [name] : [name, value]) {
            const part = document.createElement("i");
            part.style.fontStyle = "normal";
            part.textContent = text;
            line.append(part);
          }
          return line;
        }),
      );
      tip.hidden = false;
      const box = tip.getBoundingClientRect();
      const left = event.clientX + 16 + box.width > innerWidth ? event.clientX - box.width - 16 : event.clientX + 16;
      tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, event.clientY - box.height - 12)}px)`;
    };
    hit.addEventListener("pointermove", show);
    hit.addEventListener("pointerdown", show);
    hit.addEventListener("pointerleave", () => {
      tip.hidden = true;
    });
  }

  // Tables sort by the exact values; cells without one stay at the end.
  for (const table of document.querySelectorAll("table.sortable")) {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const falling = heading.getAttribute("aria-sort") !== "descending";
        for (const other of headings) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const body = table.tBodies[0];
        const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
        const compare = (a, b) => {
          const [x, y] = [key(a), key(b)];
          if (x === "" || y === "") return (x === "") - (y === "");
          const order = Number.isNaN(Number(x)) || Number.isNaN(Number(y)) ? x.localeCompare(y) : Number(x) - Number(y);
          return falling ? -order : order;
        };
        body.append(...[...body.rows].sort(compare));
      });
    });
  }
})();
