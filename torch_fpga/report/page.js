"use strict";

// A region, chosen in the drawing or in the partition table, shows its card and stands out with its edges.
function choose(graph, region) {
  for (const card of graph.querySelectorAll("[data-card]")) {
    card.classList.toggle("shown", card.dataset.card === region);
  }
  for (const box of graph.querySelectorAll("svg .region")) {
    box.classList.toggle("chosen", box.dataset.region === region);
  }
}

function light(graph, region) {
  for (const edge of graph.querySelectorAll("[data-src]")) {
    const touches = edge.dataset.src === region || edge.dataset.dst === region;
    edge.classList.toggle("dim", region !== null && !touches);
  }
}

function filter(block) {
  const form = block.querySelector("form");
  const words = form.words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of block.querySelectorAll(".all tbody tr")) {
    const text = row.textContent.toLowerCase();
    const fits =
      (!form.device.value || row.dataset.device === form.device.value) &&
      (!form.reason.value || row.dataset.reason === form.reason.value) &&
      words.every((word) => text.includes(word));
    row.hidden = !fits;
    shown += fits;
  }
  const all = block.querySelectorAll(".all tbody tr").length;
  form.querySelector("output").textContent = shown === all ? `${all} nodes` : `${shown} of ${all} nodes`;
}

for (const graph of document.querySelectorAll("section.graph")) {
  for (const link of graph.querySelectorAll("[data-region]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      choose(graph, link.dataset.region);
      if (!link.closest("svg")) graph.querySelector(".split").scrollIntoView({ block: "nearest" });
    });
  }
  for (const box of graph.querySelectorAll("svg .region")) {
    box.addEventListener("mouseenter", () => light(graph, box.dataset.region));
    box.addEventListener("mouseleave", () => light(graph, null));
  }
  const cards = [...graph.querySelectorAll("[data-card]")];
  const first = cards.find((card) => card.classList.contains("fpga")) || cards[0];
  if (first) choose(graph, first.dataset.card);
}

// Says of what is cut off in which direction it goes on.
const overflow = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const right = target.scrollWidth > target.clientWidth + 1;
    const down = target.scrollHeight > target.clientHeight + 1;
    if (right || down) target.dataset.scrolls = [right && "\u2192", down && "\u2193"].filter(Boolean).join(" ");
    else delete target.dataset.scrolls;
  }
});
for (const box of document.querySelectorAll(".scroll, .canvas, .cards")) {
  overflow.observe(box);
}

for (const block of document.querySelectorAll(".nodes")) {
  const form = block.querySelector("form");
  form.addEventListener("input", () => filter(block));
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const button of block.querySelectorAll("button[data-reason]")) {
    button.addEventListener("click", () => {
      form.reason.value = button.dataset.reason;
      form.device.value = button.dataset.device;
      filter(block);
      form.scrollIntoView({ block: "nearest" });
    });
  }
}
document.documentElement.classList.add("scripted");
