// Skeletons over a picture, as SVG: the first person's elements come with the page, more are cloned from them.

const NONE = { path: "", name: "" };

export class Figures {
  // svg: the drawing. names: how to call a joint, with %(number)s for the person and %(name)s.
  constructor(svg, limbs, names) {
    this.svg = svg;
    this.limbs = limbs;
    this.names = names;
    this.size = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
    this.pattern = svg.querySelector("[data-pose-person]").cloneNode(true);
    this.joints = [...this.pattern.querySelectorAll("[data-pose-joint]")].map((joint) => joint.dataset.name);
  }

  get people() {
    return [...this.svg.querySelectorAll("[data-pose-person]")];
  }

  joint(person, number) {
    return this.people[person]?.querySelectorAll("[data-pose-joint]")[number];
  }

  // Draws everybody; `chosen` is whose joints can be reached by Tab.
  show(people, chosen) {
    while (this.people.length < people.length) this.svg.append(this.pattern.cloneNode(true));
    this.people.forEach((element, number) => {
      element.toggleAttribute("data-other", number !== chosen);
      this.#showOne(element, people[number] ?? this.joints.map(() => null), number, number === chosen);
    });
  }

  #showOne(element, points, person, isChosen) {
    const under = element.querySelectorAll(":scope > .pose__under");
    element.querySelectorAll("[data-pose-limb]").forEach((limb, place) => {
      const [one, other] = this.limbs[place].map((end) => points[end]);
      const path = one && other ? `M${this.#at(one)}L${this.#at(other)}` : NONE.path;
      limb.setAttribute("d", path);
      under[place].setAttribute("d", path);
    });
    element.querySelectorAll("[data-pose-joint]").forEach((joint, number) => {
      const point = points[number];
      for (const part of joint.children) part.setAttribute("d", point ? `M${this.#at(point)}h0` : NONE.path);
      const name = this.names.replace("%(number)s", person + 1).replace("%(name)s", this.joints[number]);
      joint.setAttribute("aria-label", name);
      if (point && isChosen) joint.setAttribute("tabindex", "0");
      else joint.removeAttribute("tabindex");
    });
  }

  #at(point) {
    return `${(point[0] * this.size[0]).toFixed(2)} ${(point[1] * this.size[1]).toFixed(2)}`;
  }

  // The joint nearest to a place on the screen, within `reach` pixels: [person, number], or null.
  near(people, { clientX, clientY }, reach, chosen) {
    const box = this.svg.getBoundingClientRect();
    let [best, found] = [reach, null];
    people.forEach((points, person) => {
      points.forEach((point, number) => {
        if (!point) return;
        const far = Math.hypot(
          box.left + point[0] * box.width - clientX,
          box.top + point[1] * box.height - clientY,
        ) + (person === chosen ? 0 : 6); // where two people meet, the chosen one is meant
        if (far < best) [best, found] = [far, [person, number]];
      });
    });
    return found;
  }

  // A place on the screen as shares of the picture.
  share({ clientX, clientY }) {
    const box = this.svg.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }
}
