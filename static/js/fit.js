// How a picture is made to fit, shown as it will be: moved by dragging or with the slider.

const form = document.querySelector("[data-fit]");
const stage = form.querySelector("[data-fit-stage]");
const picture = form.querySelector("[data-fit-picture]");
const blur = form.querySelector("[data-fit-blur]");
const place = form.querySelector('input[name="place"]');
const sideways = form.dataset.cuts === "x";
const hint = form.querySelector("[data-fit-hint]");

stage.style.aspectRatio = `${stage.dataset.width} / ${stage.dataset.height}`;
hint.hidden = false;

let from = null; // where a drag began: the pointer, and the place then

const isWhole = () => form.querySelector('input[name="way"]:checked')?.value === "whole";
// A picture that is shown whole moves along its other side: a wide one up and down.
const isAcross = () => sideways !== isWhole();

function show() {
  const share = `${Math.min(100, Math.max(0, Number(place.value)))}%`;
  picture.style.objectPosition = isAcross() ? `${share} 50%` : `50% ${share}`;
  picture.style.objectFit = isWhole() ? "contain" : "cover";
  blur.hidden = !isWhole();
  stage.style.cursor = isAcross() ? "ew-resize" : "ns-resize";
}

// Pixels by which the picture can move on the page; below 0 where it is larger than the stage.
function room() {
  const box = stage.getBoundingClientRect();
  const fit = isWhole() ? Math.min : Math.max;
  const scale = fit(box.width / picture.naturalWidth, box.height / picture.naturalHeight);
  return isAcross() ? box.width - picture.naturalWidth * scale : box.height - picture.naturalHeight * scale;
}

stage.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  event.preventDefault();
  stage.setPointerCapture(event.pointerId);
  from = { x: event.clientX, y: event.clientY, place: Number(place.value) };
});

stage.addEventListener("pointermove", (event) => {
  if (!from || Math.abs(room()) < 1) return;
  const moved = isAcross() ? event.clientX - from.x : event.clientY - from.y;
  place.value = Math.round(Math.min(100, Math.max(0, from.place + (100 * moved) / room())));
  place.dispatchEvent(new Event("input", { bubbles: true }));
});

for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => (from = null));
form.addEventListener("input", show);
show();
