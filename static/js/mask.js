// Marking a part of a picture: a brush and an eraser on a canvas over it, by mouse, finger, pen or keys. What is drawn
// is sent as a file, as if it had been chosen; a file that was chosen is taken where nothing was drawn since.

import { Strokes } from "./mask-strokes.js";
import { hatch, read, written } from "./mask-pictures.js";

const STEP = 1.2; // by which [ and ] change the brush
const ARROWS = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };

const form = document.querySelector("[data-mask-form]");
const editor = form.querySelector("[data-mask]");
const canvas = editor.querySelector("[data-mask-canvas]");
const brush = editor.querySelector("[data-mask-brush]");
const size = editor.querySelector("[data-mask-size]");
const shownSize = editor.querySelector("[data-mask-shown-size]");
const empty = editor.querySelector("[data-mask-empty]");
const buttons = new Map([...editor.querySelectorAll("[data-mask-do]")].map((button) => [button.dataset.maskDo, button]));
const input = form.querySelector('input[type="file"]');
const strokes = new Strokes(canvas, hatch(canvas));

let drawing = null; // the id of the pointer that draws
let erasing = false; // by the button or the key
let touched = false; // since the page came, or a file was chosen
let place = { x: canvas.width / 2, y: canvas.height / 2 }; // where the brush is, in the picture's pixels

function show() {
  buttons.get("undo").disabled = !strokes.canUndo;
  buttons.get("redo").disabled = !strokes.canRedo;
  buttons.get("erase").setAttribute("aria-pressed", String(erasing));
  shownSize.value = `${size.value} px`;
  empty.hidden = true;
}

function showBrush() {
  const scale = canvas.getBoundingClientRect().width / canvas.width;
  const across = Number(size.value) * scale;
  brush.hidden = false;
  brush.style.inlineSize = brush.style.blockSize = `${across}px`;
  brush.style.left = `${place.x * scale - across / 2}px`;
  brush.style.top = `${place.y * scale - across / 2}px`;
}

function under(event) {
  const box = canvas.getBoundingClientRect();
  const scale = canvas.width / box.width;
  return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
}

function change(act) {
  touched = true;
  act();
  show();
}

canvas.addEventListener("pointerdown", (event) => {
  if (drawing !== null || ![0, 2].includes(event.button)) return;
  event.preventDefault();
  canvas.focus({ preventScroll: true, focusVisible: false });
  canvas.setPointerCapture(event.pointerId);
  drawing = event.pointerId;
  place = under(event);
  const erase = erasing || event.button === 2 || Boolean(event.buttons & 32); // 32: a pen's other end
  change(() => strokes.begin(place, Number(size.value), erase));
  showBrush();
});

canvas.addEventListener("pointermove", (event) => {
  if (drawing !== null && event.pointerId !== drawing) return;
  const all = event.getCoalescedEvents?.() ?? [];
  for (const each of all.length ? all : [event]) {
    place = under(each);
    if (drawing !== null) strokes.goOn(place);
  }
  showBrush();
});

for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, (event) => {
    if (event.pointerId === drawing) drawing = null;
    if (event.pointerType === "touch") brush.hidden = true;
  });
}
canvas.addEventListener("pointerleave", () => (brush.hidden = drawing === null));
canvas.addEventListener("blur", () => (brush.hidden = true));
canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && showBrush());
canvas.addEventListener("contextmenu", (event) => event.preventDefault());

// The brush moves with the arrows and paints with the space bar, or all the way with Shift.
function moveBrush([across, down], paints) {
  const far = Math.max(1, Number(size.value) / 2);
  const clamp = (value, most) => Math.min(most, Math.max(0, value));
  const before = place;
  place = { x: clamp(place.x + across * far, canvas.width), y: clamp(place.y + down * far, canvas.height) };
  if (paints) {
    change(() => {
      strokes.begin(before, Number(size.value), erasing);
      strokes.goOn(place);
    });
  }
  showBrush();
}

canvas.addEventListener("keydown", (event) => {
  const arrow = ARROWS[event.key.toLowerCase()];
  if (event.ctrlKey || event.metaKey || event.altKey || drawing !== null) return;
  if (arrow) moveBrush(arrow, event.shiftKey);
  else if (event.key === " ") change(() => strokes.begin(place, Number(size.value), erasing));
  else return;
  event.preventDefault();
});

function resize(share) {
  size.value = Math.round(Number(size.value) * share);
  show();
  if (!brush.hidden) showBrush();
}

const actions = {
  erase: () => (erasing = !erasing),
  undo: () => strokes.undo(),
  redo: () => strokes.redo(),
  clear: () => strokes.whole("clear"),
  invert: () => strokes.whole("invert"),
};

function act(name) {
  if (drawing !== null) return; // the line that is being drawn would be another one
  if (name !== "erase") touched = true;
  actions[name]();
  show();
}

for (const [name, button] of buttons) button.addEventListener("click", () => act(name));
size.addEventListener("input", show);
input.addEventListener("change", () => (touched = false));

// A key by its letter; on a keyboard that writes others, such as Cyrillic ones, by its place.
function named(event) {
  const key = event.key.toLowerCase();
  if (/^[a-z[\]]$/.test(key)) return key;
  return { KeyE: "e", KeyY: "y", KeyZ: "z", BracketLeft: "[", BracketRight: "]" }[event.code] ?? key;
}

document.addEventListener("keydown", (event) => {
  if (event.target.matches?.("input:not([type=range]), textarea")) return;
  const key = named(event);
  if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
    event.preventDefault();
    act(key === "y" || event.shiftKey ? "redo" : "undo");
  } else if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  } else if (key === "e") act("erase");
  else if (key === "[") resize(1 / STEP);
  else if (key === "]") resize(STEP);
});

form.addEventListener("submit", async (event) => {
  if (form.dataset.ready || (!touched && input.files.length)) return;
  event.preventDefault();
  const file = await written(canvas);
  if (!file) {
    empty.hidden = false;
    canvas.focus();
    return;
  }
  const taken = new DataTransfer();
  taken.items.add(file);
  input.files = taken.files;
  form.querySelector('input[name="drawn"]').value = "on";
  form.dataset.ready = "1";
  form.requestSubmit();
});
addEventListener("pageshow", () => delete form.dataset.ready); // whoever comes back may draw on

editor.hidden = false;
if (!form.querySelector("[data-mask-file] .errorlist")) form.querySelector("[data-mask-file]").open = false;
if (canvas.dataset.before) {
  strokes.whole("picture", await read(canvas.dataset.before, canvas.width, canvas.height));
}
show();
