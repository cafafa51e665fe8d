// Help while typing: characters counted, a random seed, a text copied.

function count(field) {
  const shown = document.querySelector(`[data-count-for="${CSS.escape(field.id)}"]`);
  if (!shown) return;
  const most = Number(shown.dataset.max);
  const used = [...field.value].length;
  shown.textContent = `${used} / ${most}`;
  shown.hidden = used < most / 2;
  shown.toggleAttribute("data-full", used >= most);
}

for (const shown of document.querySelectorAll("[data-count-for]")) {
  const field = document.getElementById(shown.dataset.countFor);
  if (!field) continue;
  count(field);
  field.addEventListener("input", () => count(field));
}

for (const button of document.querySelectorAll("[data-random-seed]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.randomSeed);
    field.value = crypto.getRandomValues(new Uint32Array(1))[0];
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue; // only over HTTPS or on this machine
  const label = button.querySelector("[data-label]");
  const before = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    label.textContent = button.dataset.copied;
    setTimeout(() => (label.textContent = before), 2000);
  });
}
