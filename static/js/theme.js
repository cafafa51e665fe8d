// The theme button: light or dark, as chosen here; what the system wants is not stored, so that it keeps following.

const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

function current() {
  return root.dataset.theme ?? (dark.matches ? "dark" : "light");
}

function remember(theme) {
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Storage may be forbidden: the choice holds for this page.
  }
}

function show() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(current() === "dark"));
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  const chosen = current() === "dark" ? "light" : "dark";
  const system = dark.matches ? "dark" : "light";
  if (chosen === system) delete root.dataset.theme;
  else root.dataset.theme = chosen;
  remember(chosen === system ? "auto" : chosen);
  show();
});

dark.addEventListener("change", show);
show();
