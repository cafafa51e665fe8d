// Marking a part of a picture: a brush and an eraser on a canvas over it, with undo and redo. What is
// drawn is sent as a file, as if it had been chosen; a file that was chosen is taken where nothing is drawn.

const MOST_STEPS = 40;
const STEP = 1.2; // by which [ and ] change the brush

const form = document.querySelector("[data-mask-form]");
const editor = document.querySelector("[data-mask]");
const canvas = editor.querySelector("[data-mask-canvas]");
const brush = editor.querySelector("[data-mask-brush]");
const size = editor.querySelector("[data-mask-size]");
const ink = canvas.getContext("2d", { willReadFrequently: true });
const buttons = new Map([...editor.querySelectorAll("[data-mask-do]")].map((button) => [button.dataset.maskDo, button]));
const input = form.querySelector('input[type="file"]');

let past = [];
let future = [];
let last = null; // where the pointer was, while it draws
let erasing = false; // by the button or the key
let touched = false;

const whole = () => ink.getImageData(0, 0, canvas.width, canvas.height);

function remember() {
  past.push(whole());
  if (past.length > MOST_STEPS) past.shift();
  future = [];
  touched = true;
  show();
}

function show() {
  buttons.get("undo").disabled = past.length === 0;
  buttons.get("redo").disabled = future.length === 0;
  buttons.get("erase").setAttribute("aria-pressed", String(erasing));
  buttons.get("erase").toggleAttribute("data-on", erasing);
}

function step(from, to) {
  if (from.length === 0) return;
  to.push(whole());
  ink.putImageData(from.pop(), 0, 0);
  show();
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  const scale = canvas.width / box.width;
  return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
}

function line(from, to, erase) {
  ink.globalCompositeOperation = erase ? "destination-out" : "source-over";
  ink.strokeStyle = "#fff";
  ink.lineCap = "round";
  ink.lineWidth = Number(size.value);
  ink.beginPath();
  ink.moveTo(from.x, from.y);
  ink.lineTo(to.x, to.y + 0.01); // a point is a line, too
  ink.stroke();
}

function follow(event) {
  const box = canvas.getBoundingClientRect();
  const across = (Number(size.value) * box.width) / canvas.width;
  brush.hidden = false;
  brush.style.inlineSize = `${across}px`;
  brush.style.blockSize = `${across}px`;
  brush.style.insetInlineStart = `${event.clientX - box.left - across / 2}px`;
  brush.style.insetBlockStart = `${event.clientY - box.top - across / 2}px`;
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button > 0 && event.button !== 2) return;
  event.preventDefault();
  canvas.focus();
  canvas.setPointerCapture(event.pointerId);
  remember();
  last = { ...place(event), erase: erasing || event.button === 2 };
  line(last, last, last.erase);
});

canvas.addEventListener("pointermove", (event) => {
  follow(event);
  if (!last) return;
  for (const each of event.getCoalescedEvents?.() ?? [event]) {
    const next = place(each);
    line(last, next, last.erase);
    last = { ...next, erase: last.erase };
  }
});

for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (last = null));
canvas.addEventListener("pointerleave", () => (brush.hidden = true));
canvas.addEventListener("contextmenu", (event) => event.preventDefault());

const actions = {
  erase() {
    erasing = !erasing;
    show();
  },
  undo: () => step(past, future),
  redo: () => step(future, past),
  clear() {
    remember();
    ink.clearRect(0, 0, canvas.width, canvas.height);
  },
  invert() {
    remember();
    ink.globalCompositeOperation = "source-out";
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, canvas.width, canvas.height);
  },
};
for (const [name, button] of buttons) button.addEventListener("click", actions[name]);

document.addEventListener("keydown", (event) => {
  if (event.target.matches?.("input:not([type=range]), textarea")) return;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
    event.preventDefault();
    actions[key === "y" || event.shiftKey ? "redo" : "undo"]();
  } else if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  } else if (key === "e") actions.erase();
  else if (key === "[") size.value = Number(size.value) / STEP;
  else if (key === "]") size.value = Number(size.value) * STEP;
});

function isEmpty() {
  const { data } = whole();
  for (let index = 3; index < data.length; index += 4) if (data[index] > 127) return false;
  return true;
}

// The picture of the mask is made when it is sent: what is drawn is white, all else black.
form.addEventListener("submit", async (event) => {
  if (form.dataset.ready) return;
  if (!touched && input.files.length) return;
  event.preventDefault();
  if (isEmpty()) {
    editor.querySelector("[data-mask-empty]").hidden = false;
    return;
  }
  const sheet = new OffscreenCanvas(canvas.width, canvas.height);
  const paper = sheet.getContext("2d");
  paper.fillStyle = "#000";
  paper.fillRect(0, 0, sheet.width, sheet.height);
  paper.drawImage(canvas, 0, 0);
  const taken = new DataTransfer();
  taken.items.add(new File([await sheet.convertToBlob({ type: "image/png" })], "mask.png", { type: "image/png" }));
  input.files = taken.files;
  form.querySelector('input[name="drawn"]').value = "on";
  form.dataset.ready = "1";
  form.requestSubmit();
});

editor.hidden = false;
document.querySelector("[data-mask-file]").open = false;
show();
