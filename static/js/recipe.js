// A picture that is dropped anywhere on the page, or chosen, is sent at once: its recipe fills the form. Without this
// script, or where a file was not sent, the button does the same.

const form = document.querySelector("form[data-recipe]");
const input = form.querySelector('input[type="file"]');
const zone = form.querySelector("[data-drop]");

function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files") && !zone.contains(event.target);
}

input.addEventListener("change", () => {
  if (input.files.length && form.reportValidity()) form.requestSubmit();
});

document.addEventListener("dragover", (event) => {
  if (carriesFiles(event)) zone.toggleAttribute("data-over", true);
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) zone.removeAttribute("data-over");
});

document.addEventListener("drop", (event) => {
  if (!carriesFiles(event) || !event.dataTransfer.files.length) return;
  zone.removeAttribute("data-over");
  const taken = new DataTransfer();
  taken.items.add(event.dataTransfer.files[0]);
  input.files = taken.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

// Whoever would rather keep the words may choose the same file again later.
document.getElementById("confirm").addEventListener("close", (event) => {
  if (event.target.returnValue === "yes" || !input.files.length) return;
  form.reset();
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
