// The moderators' desk by keys: every act is sent at once, its card goes, and the next one has the focus.

const form = document.getElementById("desk-form");
const told = document.getElementById("desk-told");
const count = document.getElementById("desk-count");
const help = document.getElementById("desk-help");
const helpButton = document.getElementById("desk-help-button");
const done = []; // what was decided here, with its card and where it stood, to be taken back

const cards = () => [...form.querySelectorAll(".desk__card")];
const current = () => document.activeElement.closest?.(".desk__card") ?? cards()[0];

const focus = (card) => {
  card?.focus();
  card?.scrollIntoView({ block: "nearest" });
};

const step = (by) => {
  const all = cards();
  const here = document.activeElement.closest?.(".desk__card");
  focus(here ? all[all.indexOf(here) + by] : all[0]);
};

const counted = (by) => {
  count.dataset.count = Number(count.dataset.count) + by;
  count.textContent = count.dataset.count;
  document.getElementById("desk-empty").hidden = cards().length > 0;
};

const send = async (flag, act, words = "") => {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.set("flag", flag);
  body.set("act", act);
  body.set("words", words);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Desk": "1" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const ends = await answer.json();
    told.textContent = ends.message;
    return ends;
  } catch {
    told.textContent = form.dataset.failed;
    return {};
  }
};

const decide = async (card, act, words = "") => {
  if (!card || card.classList.contains("desk__card--sent") || !card.querySelector("[data-act]")) return;
  card.classList.add("desk__card--sent");
  const ends = await send(card.dataset.flag, act, words);
  card.classList.remove("desk__card--sent");
  if (!ends.done && !ends.late) return;
  const next = card.nextElementSibling;
  if (ends.done) done.push({ card, next, flag: card.dataset.flag });
  const all = cards();
  const after = all[all.indexOf(card) + 1] ?? all[all.indexOf(card) - 1];
  card.remove();
  counted(-1);
  focus(after);
};

const undo = async () => {
  const last = done.pop();
  if (!last) return;
  const ends = await send(last.flag, "undo");
  if (!ends.done) return;
  form.insertBefore(last.card, last.next?.isConnected ? last.next : form.querySelector("#desk-empty"));
  close(last.card);
  counted(1);
  focus(last.card);
};

const ask = (card, act) => {
  const why = card?.querySelector(".desk__why");
  if (!why || !card.querySelector(`[data-act="${act}"]`)) return;
  why.hidden = false;
  why.dataset.act = act;
  why.querySelector("[data-send]").textContent = card.querySelector(`[data-act="${act}"]`).firstChild.textContent.trim();
  why.querySelector("input").focus();
};

const close = (card) => {
  const why = card.querySelector(".desk__why");
  why.hidden = true;
  why.querySelector("input").value = "";
};

const answer = (why) => decide(why.closest(".desk__card"), why.dataset.act, why.querySelector("input").value);

const show = (card, clicked) => {
  const pictures = clicked ? [clicked] : [...(card?.querySelectorAll(".desk__picture") ?? [])];
  const hidden = pictures.some((picture) => picture.getAttribute("aria-pressed") !== "true");
  for (const picture of pictures) picture.setAttribute("aria-pressed", String(hidden));
};

const toggleHelp = () => {
  help.hidden = !help.hidden;
  helpButton.setAttribute("aria-expanded", String(!help.hidden));
};

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => show(current()),
  x: () => current()?.querySelector('input[type="checkbox"]')?.click(),
  a: () => decide(current(), "approve"),
  r: () => ask(current(), "reject"),
  s: () => ask(current(), "suspend"),
  u: undo,
  "?": toggleHelp,
};
const RUSSIAN = { о: "j", л: "k", щ: "o", ч: "x", ф: "a", к: "r", ы: "s", г: "u", ",": "?" }; // the same keys

document.addEventListener("keydown", (event) => {
  const why = event.target.closest?.(".desk__why");
  if (why && event.key === "Enter") {
    event.preventDefault();
    answer(why);
  } else if (why && event.key === "Escape") {
    const card = why.closest(".desk__card");
    close(card);
    focus(card);
  }
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.("input, select, textarea")) return;
  const act = KEYS[event.key] ?? KEYS[RUSSIAN[event.key]];
  if (!act) return;
  event.preventDefault();
  act();
});

form.addEventListener("click", (event) => {
  const card = event.target.closest(".desk__card");
  const button = event.target.closest("[data-act]");
  const picture = event.target.closest(".desk__picture");
  if (picture) show(card, picture);
  if (event.target.closest("[data-send]")) answer(event.target.closest(".desk__why"));
  if (!button) return;
  event.preventDefault();
  if (button.dataset.act === "approve") decide(card, "approve");
  else ask(card, button.dataset.act);
});

helpButton.hidden = false;
helpButton.addEventListener("click", toggleHelp);
