// Live parts of the page (#job): says a new stage once, shows the percent in the tab, and tells when the line is down.

const title = document.title;
const spoken = document.getElementById("announce");
let said = "";

function tell() {
  const job = document.getElementById("job");
  if (!job) return;
  const { state, percent, announce } = job.dataset;
  document.title = state === "running" && Number(percent) ? `${percent} % · ${title}` : title;
  if (announce && announce !== said) spoken.textContent = said = announce;
}

// Pictures that are being painted stay where they are; each changes when its next look has been fetched, so none blinks.
function refreshLooks() {
  const job = document.getElementById("job");
  if (job?.dataset.stage !== "paint") return; // later they would not change any more
  for (const shown of document.querySelectorAll("[data-look]")) {
    const next = new Image();
    next.onload = () => {
      shown.src = next.src;
    };
    next.src = `${shown.dataset.look}?at=${job.dataset.elapsed}`;
  }
}

document.addEventListener("htmx:afterSettle", tell);
document.addEventListener("htmx:afterSettle", refreshLooks);

// An answer that is not the part that was asked for (a log-in page, an error): the whole page knows better what to do.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (target.id !== "job" || xhr.responseText.includes('id="job"')) return;
  event.detail.shouldSwap = false;
  if (xhr.status < 400) location.reload();
  else target.toggleAttribute("data-offline", true);
});

for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(name, (event) => event.detail.target?.toggleAttribute("data-offline", true));
}

tell();
