// File inputs: dropping, a preview of pictures, and a word about too large a file before it is sent.

function check(drop, input) {
  const file = input.files[0];
  const most = Number(input.dataset.maxBytes);
  const warning = drop.querySelector("[data-too-large]");
  warning.hidden = !(file && most && file.size > most);
  input.setCustomValidity(warning.hidden ? "" : warning.textContent.trim());
}

function preview(drop, input) {
  const file = input.files[0];
  const picture = drop.querySelector("[data-preview]");
  const icon = drop.querySelector("[data-drop-icon]");
  if (picture.src) URL.revokeObjectURL(picture.src);
  const isPicture = Boolean(file?.type.startsWith("image/") && file.type !== "image/svg+xml");
  picture.hidden = !isPicture;
  icon.hidden = isPicture;
  if (isPicture) picture.src = URL.createObjectURL(file);
  else picture.removeAttribute("src");
}

function take(input, files) {
  const taken = new DataTransfer();
  taken.items.add(files[0]);
  input.files = taken.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

for (const drop of document.querySelectorAll("[data-drop]")) {
  const input = drop.querySelector('input[type="file"]');
  drop.querySelector("[data-drop-hint]").hidden = false;
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.toggleAttribute("data-over", true);
  });
  drop.addEventListener("dragleave", (event) => {
    if (!drop.contains(event.relatedTarget)) drop.removeAttribute("data-over");
  });
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.removeAttribute("data-over");
    if (event.dataTransfer.files.length) take(input, event.dataTransfer.files);
  });
  input.addEventListener("change", () => {
    check(drop, input);
    preview(drop, input);
  });
}

// A file dropped beside the zone must not replace the page.
for (const name of ["dragover", "drop"]) {
  addEventListener(name, (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
}
