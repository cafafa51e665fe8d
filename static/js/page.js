// Small manners of every page: menus close, messages go away, a destructive form asks first, buttons are pressed once.

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest(".banner").remove();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  closeMenus();
  menu?.querySelector("summary").focus();
});

// A live part of the page may be replaced while the dialog is open: the form is found again by its id.
function sendLater(form, submitter) {
  const sent = form.isConnected ? form : document.getElementById(form.id);
  if (!sent) return;
  sent.dataset.confirmed = "";
  sent.requestSubmit(submitter?.isConnected ? submitter : undefined);
}

function isEdited(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  return field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue;
}

function needsAsking(form) {
  if (!("confirm" in form.dataset) || "confirmed" in form.dataset) return false;
  const edited = document.getElementById(form.dataset.confirmIfEdited ?? ""); // a field, or a form with all of its own
  return edited ? [...(edited.elements ?? [edited])].some(isEdited) : true;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const dialog = document.getElementById("confirm");
  if (!needsAsking(form) || !dialog) return;
  event.preventDefault();
  dialog.querySelector("[data-confirm-text]").textContent = form.dataset.confirm;
  const yes = dialog.querySelector("[data-confirm-yes]");
  yes.textContent = form.dataset.confirmYes || yes.dataset.label;
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") sendLater(form, event.submitter);
  };
  dialog.returnValue = "";
  dialog.showModal();
});

// A second click on a button that posts would ask twice; after a while, or back from another page, it may.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "upload" in form.dataset) return;
  if ("sent" in form.dataset) event.preventDefault();
  form.dataset.sent = "";
  setTimeout(() => delete form.dataset.sent, 8000);
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    delete form.dataset.confirmed;
  }
});
