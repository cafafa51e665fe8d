// LoRAs: slider and number move together, chosen ones stand on top, many can be searched. A trigger word is put into
// the prompt by a click, and <lora:name:0.8> in the prompt becomes a choice. Without this script, all can be chosen.

const list = document.querySelector("[data-loras]");
const TAG = /\s?<(?:lora|lyco):([^<>:]{1,200})(?::([^<>]{0,90}))?>/g;
const SIGNS = /[^\p{L}\p{N}]/gu;

const plain = (text) => text.toLowerCase().replace(SIGNS, "");
const escaped = (word) => word.replace(/[()[\]\\]/g, "\\$&"); // brackets would be weights

function tellForm(field) {
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

class Lora {
  constructor(item) {
    this.item = item;
    this.box = item.querySelector('input[type="checkbox"]');
    this.slider = item.querySelector('input[type="range"]');
    this.number = item.querySelector('input[type="number"]');
    this.names = item.dataset.names.split(" ");
    const words = [...item.querySelectorAll("[data-word]")].map((chip) => chip.textContent);
    this.found = plain(`${item.dataset.names} ${words.join(" ")}`);
    this.slider.hidden = false;
    this.slider.value = this.number.value; // a browser that comes back to the page fills in what has a name
    this.slider.addEventListener("input", () => (this.number.value = this.slider.value));
    this.number.addEventListener("input", () => (this.slider.value = this.number.value));
  }

  choose(weight) {
    this.box.checked = true;
    this.number.value = this.slider.value = weight;
    this.box.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

class Word {
  constructor(chip, prompt) {
    this.word = escaped(chip.textContent.trim());
    const word = this.word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const pattern = `(?:${word}|\\(${word}:\\d*\\.?\\d+\\))`; // as it is, or with a weight
    this.phrase = new RegExp(`(^|[,\\n])[^\\S\\n]*${pattern}[^\\S\\n]*(?=[,\\n]|$)`, "i");
    this.prompt = prompt;
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "chip chip--word";
    this.button.textContent = chip.textContent;
    this.button.addEventListener("click", () => this.turn());
    chip.replaceWith(this.button);
    this.show();
  }

  get isThere() {
    return this.phrase.test(this.prompt.value);
  }

  show() {
    this.button.setAttribute("aria-pressed", this.isThere);
  }

  turn() {
    const words = this.prompt.value;
    if (this.isThere) this.prompt.value = words.replace(this.phrase, "").replace(/^[\s,]+/, "");
    else this.prompt.value = [words.replace(/[\s,]+$/, ""), this.word].filter(Boolean).join(", ");
    tellForm(this.prompt);
  }
}

function sort(loras) {
  const focused = document.activeElement;
  const chosen = (lora) => !lora.box.checked;
  list.append(...[...loras].sort((one, other) => chosen(one) - chosen(other)).map((lora) => lora.item));
  if (!list.contains(focused)) return;
  focused.focus({ preventScroll: true });
  if (focused.checked) focused.closest("[data-lora]").scrollIntoView({ block: "nearest" }); // its weight is there now
}

function takeTags(prompt, loras) {
  const left = prompt.value.replace(TAG, (tag, name, weight) => {
    const named = loras.filter((lora) => lora.names.includes(plain(name)));
    const first = (weight ?? "").split(":")[0].replace(/^(?:unet|te)=/, "").replace(",", ".").trim();
    const number = first === "" ? 1 : Number(first);
    if (named.length !== 1 || !(Math.abs(number) <= 2)) return tag; // the site says what is wrong with it
    named[0].choose(number);
    return "";
  });
  if (left === prompt.value) return;
  prompt.value = left.replace(/^[\s,]+|[\s,]+$/g, "");
  list.closest("details").open = true;
  tellForm(prompt);
}

function search(field, nothing, loras) {
  const wanted = plain(field.value);
  for (const { item, found, box } of loras) item.hidden = !box.checked && !found.includes(wanted);
  nothing.hidden = loras.some(({ item, found }) => !item.hidden && found.includes(wanted));
}

if (list) {
  const prompt = document.getElementById(list.dataset.prompt);
  const loras = [...list.querySelectorAll("[data-lora]")].map((item) => new Lora(item));
  const words = [...list.querySelectorAll("[data-word]")].map((chip) => new Word(chip, prompt));
  prompt.addEventListener("input", () => words.forEach((word) => word.show()));
  prompt.addEventListener("change", () => takeTags(prompt, loras));
  list.addEventListener("change", (event) => event.target.type === "checkbox" && sort(loras));

  const field = document.querySelector("[data-lora-search]");
  if (field) {
    field.hidden = false;
    const nothing = document.querySelector("[data-lora-nothing]");
    field.addEventListener("input", (event) => {
      event.stopPropagation(); // it is no part of what is asked for
      search(field, nothing, loras);
    });
    field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  }
}
