// Sends a form with a file in the background, to show how far it is. Whatever fails, the words and the file stay where
// they are. Without this script the same form is sent by the browser.

const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });

function say(box, text) {
  box.querySelector("[data-upload-text]").textContent = text;
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function showProgress(box, event, startedAt) {
  const bar = box.querySelector("progress");
  const seconds = (performance.now() - startedAt) / 1000;
  const speed = event.loaded / Math.max(seconds, 0.001);
  const percent = Math.floor((100 * event.loaded) / event.total);
  bar.value = percent;
  box.querySelector("[data-upload-percent]").textContent = `${percent} %`;
  box.querySelector("[data-upload-speed]").textContent =
    event.loaded < event.total && seconds > 1
      ? fill(box.dataset.speed, {
          speed: number.format(speed / 1e6),
          left: clock((event.total - event.loaded) / speed),
        })
      : "";
  if (event.loaded >= event.total) {
    bar.removeAttribute("value");
    say(box, box.dataset.saving);
  }
}

function showError(box, text) {
  const error = box.querySelector("[data-upload-error]");
  error.querySelector("[data-upload-error-text]").textContent = text;
  error.hidden = !text;
}

// The server's page says what is wrong with which field: its words are put beside the fields of this page.
function showFieldErrors(form, page) {
  let found = 0;
  for (const error of page.querySelectorAll("form[data-upload] .errorlist")) {
    const name = error.closest("[data-field]")?.dataset.field;
    const field = name && form.querySelector(`[data-field="${CSS.escape(name)}"]`);
    (field ?? form).prepend(error);
    if (field) field.append(error);
    found += 1;
  }
  return found;
}

function finish(form, box, xhr) {
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  if (page.querySelector("form[data-login]")) {
    unlock(form, box);
    showError(box, box.dataset.errorSignedOut);
    return;
  }
  if (xhr.status < 400 && xhr.responseURL !== form.action) {
    location.assign(xhr.responseURL);
    return;
  }
  unlock(form, box);
  const found = showFieldErrors(form, page);
  if (found) form.querySelector(".errorlist")?.scrollIntoView({ block: "center" });
  else showError(box, xhr.status === 413 ? box.dataset.errorTooLarge : box.dataset.errorServer);
}

const leaving = (event) => event.preventDefault();

function lock(form, box) {
  box.querySelector("[data-upload-bar]").hidden = false;
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
  addEventListener("beforeunload", leaving);
}

function unlock(form, box) {
  box.querySelector("[data-upload-bar]").hidden = true;
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = false;
  removeEventListener("beforeunload", leaving);
}

// Logging in again in another tab changes the token; the cookie has the present one.
function contents(form) {
  const data = new FormData(form);
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  if (token) data.set("csrfmiddlewaretoken", token[1]);
  return data;
}

function send(form, box) {
  const xhr = new XMLHttpRequest();
  const startedAt = performance.now();
  const fail = (text) => {
    unlock(form, box);
    showError(box, text);
  };
  xhr.open("POST", form.action);
  xhr.upload.addEventListener("progress", (event) => event.lengthComputable && showProgress(box, event, startedAt));
  xhr.addEventListener("load", () => {
    removeEventListener("beforeunload", leaving);
    finish(form, box, xhr);
  });
  xhr.addEventListener("error", () => fail(box.dataset.errorNetwork));
  xhr.addEventListener("abort", () => fail(""));
  box.querySelector("[data-upload-stop]").onclick = () => xhr.abort();
  for (const old of form.querySelectorAll(".errorlist")) old.remove();
  showError(box, "");
  say(box, box.dataset.sending);
  xhr.send(contents(form));
  lock(form, box);
}

for (const form of document.querySelectorAll("form[data-upload]")) {
  const box = form.querySelector("[data-upload-status]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, box);
  });
}
