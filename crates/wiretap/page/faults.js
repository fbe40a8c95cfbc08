// The faults as switches: each for one direction or the other.

import { fault, t } from "./words.js";

const DAY = 24 * 60 * 60 * 1000;
const HELD = 16 * 1024 * 1024;
const LARGE = Number.MAX_SAFE_INTEGER;

/** Those of a stream: name, first value, least, most. */
const STREAM = [
  ["split", 3, 1, HELD],
  // A hand at a keyboard is slow: the command line's 200 ms would be over.
  ["glue", 65536, 1, HELD, 5000],
  ["delay", 1000, 1, DAY],
  ["rate", 5, 1, 2 ** 32 - 1],
  ["flip", 0, 0, LARGE],
  ["stall-after", 0, 0, LARGE],
  ["half-close-after", 0, 0, LARGE],
  ["cut-after", 0, 0, LARGE],
  ["reset-after", 0, 0, LARGE],
  ["seed", 1, 0, LARGE],
];

/** Those of datagrams; a list has no limits here. */
const DATAGRAMS = [
  ["drop", "2"],
  ["duplicate", "2"],
  ["reorder", "2"],
  ["corrupt", "2"],
  ["truncate", 3, 0, 65535],
  ["seed", 1, 0, LARGE],
];

export class FaultSwitches {
  constructor(form, refused) {
    Object.assign(this, { form, refused, rows: [] });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => this.send());
  }

  /** Draws the switches of a session, in today's language. */
  draw(session) {
    this.session = session;
    this.refused.textContent = "";
    this.form.replaceChildren();
    if (!session.head.live) {
      this.form.textContent = t("no-faults");
      return;
    }
    const { transport } = session.head;
    const all = transport === "udp" ? DATAGRAMS : STREAM;
    // Unix sockets have no RST.
    const faults = all.filter(([name]) => transport === "tcp" || name !== "reset-after");
    const values = new Map(this.rows.map((row) => [row.name, row.inputs.map((i) => i.value)]));
    this.form.append(heads());
    this.rows = faults.map((of) => this.row(of, values.get(of[0])));
    this.update(session.faults);
  }

  row([name, first, least, most, pause], values) {
    const [title, text] = fault(name);
    const row = make("div", "pair");
    const said = make("span", "what");
    const inputs = [];
    said.append(make("b", "", title), " ");
    for (const part of text.split(/(\{\w+\})/)) {
      if (!part.startsWith("{")) {
        said.append(part);
        continue;
      }
      const isPause = part === "{pause}";
      const input = make("input", isPause || name === "glue" ? "wide" : "");
      const list = most === undefined;
      if (list) input.inputMode = "numeric";
      else Object.assign(input, { type: "number", min: isPause ? 1 : least, max: isPause ? DAY : most });
      input.value = isPause ? pause : first;
      const label = isPause ? "pause_ms" : name === "glue" ? "bytes_held" : "value";
      input.setAttribute("aria-label", t(label, title));
      input.dataset.is = isPause ? "pause" : "n";
      inputs.push(input);
      said.append(input);
    }
    values?.forEach((value, place) => (inputs[place].value = value));
    const switches = ["to-server", "to-client"].map((direction) => {
      const box = make("input", "switch");
      box.type = "checkbox";
      box.setAttribute("role", "switch");
      box.setAttribute("aria-label", `${title}, ${t(direction)}`);
      box.dataset.fault = `${name} ${direction}`;
      return box;
    });
    row.append(said, ...switches);
    this.form.append(row);
    return { name, inputs, switches, list: most === undefined };
  }

  /** Shows what holds now. */
  update(faults) {
    for (const { name, inputs, switches, list } of this.rows) {
      faults.forEach((ofOne, direction) => {
        switches[direction].checked = name in ofOne;
        if (!(name in ofOne) || inputs.includes(document.activeElement)) return;
        const value = ofOne[name];
        for (const input of inputs) {
          if (name === "glue") input.value = input.dataset.is === "pause" ? value.pause : value.size;
          else input.value = list ? value.join(",") : value;
        }
      });
    }
  }

  /** What the switches say: two objects, as in a record. */
  faults() {
    return [0, 1].map((direction) => {
      const on = this.rows.filter(({ switches }) => switches[direction].checked);
      return Object.fromEntries(on.map((row) => [row.name, value(row)]));
    });
  }

  async send() {
    try {
      const faults = this.faults();
      // A number was changed of a fault that is off.
      if (canonical(faults) === canonical(this.session.faults)) return;
      const answer = await fetch("/faults", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(faults),
      });
      this.refused.textContent = answer.ok ? "" : await answer.text();
    } catch (error) {
      this.refused.textContent = error instanceof Refused ? error.message : t("broken");
    }
    if (this.refused.textContent) this.update(this.session.faults);
  }
}

/** The same text for the same faults, in whatever order. */
const canonical = (faults) =>
  JSON.stringify(faults, (_, value) =>
    Array.isArray(value) || typeof value !== "object" ? value : Object.entries(value).sort(),
  );

class Refused extends Error {}

function value({ name, inputs, list }) {
  const [title] = fault(name);
  if (list) {
    const numbers = inputs[0].value.split(/[,，\s]+/).filter(Boolean).map(Number);
    const right = numbers.length > 0 && numbers.every((n) => Number.isSafeInteger(n) && n > 0);
    if (!right) throw new Refused(t("wrong-list", title));
    return numbers;
  }
  const values = Object.fromEntries(inputs.map((input) => [input.dataset.is, number(title, input)]));
  return name === "glue" ? { pause: values.pause, size: values.n } : values.n;
}

function number(title, input) {
  const value = Number(input.value);
  const right = input.value !== "" && Number.isSafeInteger(value);
  if (!right || value < input.min || value > input.max) {
    throw new Refused(t("wrong", title, input.min, input.max));
  }
  return value;
}

function heads() {
  const row = make("div", "pair heads");
  row.setAttribute("aria-hidden", "true");
  row.append(make("span", "what"));
  for (const [arrow, name] of [["→", "server"], ["←", "client"]]) {
    const head = make("span");
    head.append(make("b", "", arrow), t(name));
    row.append(head);
  }
  return row;
}

function make(name, className = "", text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
