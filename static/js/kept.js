// What stands in the form goes along where another form leads back to this page, the
// choice of the language too, so that nothing typed is lost.

const form = document.getElementById("generate");

document.addEventListener(
  "submit",
  (event) => {
    const typed = event.target.querySelector('input[name="typed"]');
    if (typed && form) typed.value = new URLSearchParams(new FormData(form)).toString();
  },
  { capture: true },
);
