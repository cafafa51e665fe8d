// Dragging the joints of people that were found in a picture: by mouse, finger, pen or keys. What they are like then is
// sent as JSON in the field `poses`; without this script, that is what was found.

import { Figures } from "./pose-figures.js";

const REACH = 24; // pixels around a joint in which it is taken hold of
const [LEAST, MOST] = [-0.1, 1.1]; // how far a joint may be dragged out of the picture, as shares of it
const STEP = 1; // pixels of the screen that an arrow key moves a joint; ten times as many with Shift
const DIGITS = 5;
const MOST_BEFORE = 100; // changes that can be undone
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const form = document.querySelector("[data-pose-form]");
const field = form.querySelector('input[name="poses"]');
const svg = form.querySelector("[data-pose-drawing]");
const tools = form.querySelector("[data-pose-tools]");
const list = tools.querySelector("[data-pose-list]");
const empty = tools.querySelector("[data-pose-empty]");
const use = form.querySelector("[data-pose-use]");
const count = document.querySelector("[data-pose-followed]");
const buttons = Object.fromEntries(
  [...tools.querySelectorAll("[data-pose-do]")].map((button) => [button.dataset.poseDo, button]),
);
const boxes = [...tools.querySelectorAll("[data-pose-seen]")];
const found = JSON.parse(form.dataset.found);
const limbs = JSON.parse(form.dataset.limbs).ends;
const figures = new Figures(svg, limbs, form.dataset.name);

let people = JSON.parse(field.value);
let chosen = 0;
let held = null; // { pointer, person, number }
let nudged = null; // the joint that arrows move: one key after another is undone at once
const before = []; // what it was like, for Undo
const places = new Map(); // where joints were before they were hidden

const copy = (value) => JSON.parse(JSON.stringify(value));
const isSeen = (points) => points.some(Boolean);
const clamp = (share) => Math.min(MOST, Math.max(LEAST, share));
const rounded = (share) => Number(share.toFixed(DIGITS));

function remember() {
  before.push(copy(people));
  if (before.length > MOST_BEFORE) before.shift();
  nudged = null;
}

function show() {
  chosen = Math.max(0, Math.min(chosen, people.length - 1));
  figures.show(people, chosen);
  showList();
  for (const box of boxes) {
    box.checked = Boolean(people[chosen]?.[Number(box.dataset.poseSeen)]);
    box.disabled = !people.length;
  }
  const followed = people.filter(isSeen);
  field.value = JSON.stringify(followed);
  buttons.undo.disabled = !before.length;
  buttons.reset.disabled = JSON.stringify(people) === JSON.stringify(found);
  buttons.remove.disabled = !people.length;
  empty.hidden = followed.length > 0;
  if (use) use.disabled = !followed.length;
  count.hidden = followed.length === found.length;
  count.textContent = count.dataset.poseFollowed
    .replace("%(number)s", followed.length)
    .replace("%(all)s", found.length);
}

function showList() {
  const pattern = list.children[0];
  while (list.children.length < people.length) list.append(pattern.cloneNode(true));
  [...list.children].forEach((button, number) => {
    button.hidden = number >= people.length;
    button.dataset.poseChoose = number;
    button.textContent = form.dataset.person.replace("%(number)s", number + 1);
    button.setAttribute("aria-pressed", String(number === chosen));
  });
}

function put(person, number, point) {
  people[person][number] = point.map((share) => rounded(clamp(share)));
  show();
}

function hide(person, number) {
  if (!people[person]?.[number]) return;
  remember();
  places.set(`${person} ${number}`, people[person][number]);
  people[person][number] = null;
  show();
}

// Where a joint appears: where it was, else beside the one that it hangs on, else in the middle of the person.
function appear(person, number) {
  const points = people[person];
  const limb = limbs.find((ends) => ends.includes(number) && points[ends.find((end) => end !== number)]);
  const seen = points.filter(Boolean);
  const middle = [0, 1].map((axis) => seen.reduce((sum, point) => sum + point[axis], 0) / seen.length);
  const beside = limb ? points[limb.find((end) => end !== number)] : seen.length ? middle : [0.5, 0.5];
  const place = places.get(`${person} ${number}`) ?? [beside[0] + 0.03, beside[1] + 0.05];
  remember();
  put(person, number, place.map((share) => Math.min(1, Math.max(0, share))));
}

const actions = {
  undo: () => {
    if (before.length) people = before.pop();
    nudged = null;
  },
  reset: () => {
    remember();
    people = copy(found);
  },
  remove: () => {
    remember();
    people.splice(chosen, 1);
    places.clear();
  },
};

for (const [name, button] of Object.entries(buttons)) {
  button.addEventListener("click", () => {
    if (held) return; // by another finger: the joint may be gone then
    actions[name]();
    show();
  });
}
list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pose-choose]");
  if (!button) return;
  chosen = Number(button.dataset.poseChoose);
  show();
});
for (const box of boxes) {
  box.addEventListener("change", () => {
    const number = Number(box.dataset.poseSeen);
    if (box.checked) appear(chosen, number);
    else hide(chosen, number);
  });
}

svg.addEventListener("pointerdown", (event) => {
  if (held || event.button !== 0) return;
  const near = figures.near(people, event, REACH, chosen);
  if (!near) return;
  event.preventDefault();
  const [person, number] = near;
  chosen = person;
  remember();
  held = { pointer: event.pointerId, person, number, from: JSON.stringify(people) };
  svg.setPointerCapture(event.pointerId);
  show();
  figures.joint(person, number).focus({ preventScroll: true, focusVisible: false });
});

svg.addEventListener("pointermove", (event) => {
  if (held?.pointer === event.pointerId) put(held.person, held.number, figures.share(event));
});

for (const end of ["pointerup", "pointercancel"]) {
  svg.addEventListener(end, (event) => {
    if (held?.pointer !== event.pointerId) return;
    if (JSON.stringify(people) === held.from) before.pop(); // only taken hold of
    held = null;
    show();
  });
}

svg.addEventListener("keydown", (event) => {
  const joint = event.target.closest("[data-pose-joint]");
  if (!joint || event.ctrlKey || event.metaKey || event.altKey) return;
  const number = Number(joint.dataset.poseJoint);
  const arrow = ARROWS[event.key];
  if (arrow && people[chosen]?.[number]) {
    event.preventDefault();
    if (nudged !== joint) remember();
    nudged = joint;
    const box = svg.getBoundingClientRect();
    const far = STEP * (event.shiftKey ? 10 : 1);
    const [x, y] = people[chosen][number];
    put(chosen, number, [x + (arrow[0] * far) / box.width, y + (arrow[1] * far) / box.height]);
  } else if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    hide(chosen, number);
    boxes[number].focus();
  }
});

// By its letter; on a keyboard that writes others, such as Cyrillic ones, by its place.
const isZ = ({ key, code }) => (/^[a-z]$/i.test(key) ? key.toLowerCase() === "z" : code === "KeyZ");

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || !isZ(event) || held) return;
  event.preventDefault();
  actions.undo();
  show();
});

form.toggleAttribute("data-pose-live", true);
svg.setAttribute("aria-describedby", "pose-help");
tools.hidden = false;
show();
