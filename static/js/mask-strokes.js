// What has been drawn on a canvas, as strokes that can be taken back and drawn again. Old strokes become one sheet, so
// that memory is bounded: a sheet and MOST strokes, however long somebody draws.

const MOST = 50;
const ENOUGH = 4000; // points of a stroke; what is longer goes on as another

export class Strokes {
  constructor(canvas, ink) {
    this.paper = canvas.getContext("2d");
    this.sheet = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    this.ink = ink; // a colour or a pattern: how opaque it is, is the mask
    this.done = [];
    this.undone = [];
  }

  get canUndo() {
    return this.done.length > 0;
  }

  get canRedo() {
    return this.undone.length > 0;
  }

  // Begin a line at a point, `width` wide.
  begin(point, width, erase) {
    this.#add({ kind: "line", width, erase, points: [point] });
  }

  // Go on with the line that was begun last.
  goOn(point) {
    const stroke = this.done.at(-1);
    const last = stroke.points.at(-1);
    if (stroke.points.length === ENOUGH) {
      this.begin(last, stroke.width, stroke.erase);
      this.goOn(point);
      return;
    }
    stroke.points.push(point);
    this.#line(this.paper, stroke, last, point);
  }

  // Mark all or nothing, turn it round, or mark what a picture of the canvas's size has opaque.
  whole(kind, picture = null) {
    this.#add({ kind, picture });
  }

  undo() {
    if (!this.canUndo) return;
    this.undone.push(this.done.pop());
    this.#clear(this.paper);
    this.paper.drawImage(this.sheet.canvas, 0, 0);
    for (const stroke of this.done) this.#draw(this.paper, stroke);
  }

  redo() {
    if (!this.canRedo) return;
    const stroke = this.undone.pop();
    this.done.push(stroke);
    this.#draw(this.paper, stroke);
  }

  #add(stroke) {
    this.done.push(stroke);
    this.undone = [];
    if (this.done.length > MOST) this.#draw(this.sheet, this.done.shift());
    this.#draw(this.paper, stroke);
  }

  #draw(paper, stroke) {
    if (stroke.kind === "line") {
      this.#line(paper, stroke, stroke.points[0], stroke.points[0]);
      stroke.points.forEach((point, index) => index && this.#line(paper, stroke, stroke.points[index - 1], point));
    } else if (stroke.kind === "clear") {
      this.#clear(paper);
    } else if (stroke.kind === "invert") {
      this.#fill(paper, "source-out");
    } else {
      paper.globalCompositeOperation = "copy";
      paper.drawImage(stroke.picture, 0, 0);
      this.#fill(paper, "source-in");
    }
  }

  #line(paper, { width, erase }, from, to) {
    paper.globalCompositeOperation = erase ? "destination-out" : "source-over";
    paper.strokeStyle = this.ink;
    paper.lineCap = "round";
    paper.lineWidth = width;
    paper.beginPath();
    paper.moveTo(from.x, from.y);
    paper.lineTo(to.x, to.y + 0.01); // a point is a line, too
    paper.stroke();
  }

  #fill(paper, how) {
    paper.globalCompositeOperation = how;
    paper.fillStyle = this.ink;
    paper.fillRect(0, 0, paper.canvas.width, paper.canvas.height);
  }

  #clear(paper) {
    paper.globalCompositeOperation = "source-over";
    paper.clearRect(0, 0, paper.canvas.width, paper.canvas.height);
  }
}
