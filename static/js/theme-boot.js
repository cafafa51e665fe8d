// Runs before the first paint, so that a chosen theme does not flash. Not a module: modules wait for the page.
// The key and its values are those of Django's admin, which therefore follows the same choice.
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden: the system's own scheme is used then.
  }
})();
