// A number and its slider move together. The number is what is sent; without this script it stands alone.

for (const pair of document.querySelectorAll("[data-slider]")) {
  const slider = pair.querySelector('input[type="range"]');
  const number = pair.querySelector('input[type="number"]');
  slider.hidden = false;
  slider.value = number.value; // a browser that comes back to the page fills in what has a name
  slider.addEventListener("input", () => {
    number.value = slider.value;
    number.dispatchEvent(new Event("input", { bubbles: true }));
  });
  number.addEventListener("input", () => {
    if (number.value !== "") slider.value = number.value;
  });
}
