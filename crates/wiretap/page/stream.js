// The list of events: only those that can be seen are in the document.

import { characters, isPiece } from "./session.js";
import { note, sentence, words } from "./speak.js";
import { fault, t } from "./words.js";

/** So many rows above and below are there before they are seen. */
const SPARE = 3;

/** More new rows than this at once do not slide. */
const MOST_SLIDING = 8;

/** So many characters of a part are in a block: more would not fit. */
const MOST_TEXT = 80;

/** The colours that messages take in turn. */
const COLOURS = 4;

/** The direction of these shows: by an arrow, or by the block above. */
const DRAWN = ["end", "reset", "fault"];

export class Stream {
  constructor(list, { selected }) {
    this.list = list;
    this.selected = selected;
    this.inner = document.createElement("div");
    this.inner.setAttribute("role", "presentation");
    list.append(this.inner);
    /** The rows that are in the document, by their events. */
    this.rows = new Map();
    this.events = [];
    this.length = 0;
    this.chosen = null;
    this.marked = null;
    /** The last row stays in sight. */
    this.sticks = true;
    list.addEventListener("scroll", () => this.scrolled(), { passive: true });
    list.addEventListener("keydown", (key) => this.pressed(key));
    list.addEventListener("click", ({ target }) => {
      const row = target.closest("[role=option]");
      if (row) this.choose(row.wiretapEvent);
    });
    new ResizeObserver(() => this.resized()).observe(list);
  }

  /** Shows the first `length` of these events. */
  show(session, events, length) {
    const grown = events === this.events ? length - this.length : 0;
    Object.assign(this, { session, events, length });
    this.sliding = grown > 0 && grown <= MOST_SLIDING ? grown : 0;
    if (this.chosen && !isShown(this)) this.choose(null);
    this.inner.style.height = `${length * this.height()}px`;
    if (this.sticks) this.list.scrollTop = this.list.scrollHeight;
    this.draw();
    this.sliding = 0;
  }

  /** Draws everything anew: another language. */
  redraw() {
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    if (this.session) this.draw();
  }

  /** Marks the blocks that have this byte, of these events' connection. */
  mark(place) {
    this.marked = place;
    for (const [event, row] of this.rows) row.classList.toggle("has-byte", this.has(event));
  }

  has(event) {
    const place = this.marked;
    if (!place || !isPiece(event) || event.connection !== place.connection) return false;
    if (this.session.datagrams) return event.offset === place.number;
    return event.offset <= place.offset && place.offset < event.offset + event.size;
  }

  height() {
    return parseFloat(getComputedStyle(this.list).getPropertyValue("--row")) * rem();
  }

  resized() {
    if (!this.session) return;
    this.inner.style.height = `${this.length * this.height()}px`;
    if (this.sticks) this.list.scrollTop = this.list.scrollHeight;
    this.draw();
  }

  scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.list;
    this.sticks = scrollTop + clientHeight >= scrollHeight - this.height() / 2;
    if (this.session) this.draw();
  }

  draw() {
    const height = this.height();
    const first = Math.max(0, Math.floor(this.list.scrollTop / height) - SPARE);
    const seen = Math.ceil(this.list.clientHeight / height) + 2 * SPARE;
    const last = Math.min(this.length, first + seen);
    const wanted = new Set(this.events.slice(first, last));
    for (const [event, row] of this.rows) {
      if (!wanted.has(event)) {
        row.remove();
        this.rows.delete(event);
      }
    }
    for (let at = first; at < last; at++) {
      const event = this.events[at];
      let row = this.rows.get(event);
      if (!row) {
        row = this.row(event, at);
        if (at >= this.length - this.sliding) row.classList.add("new");
        this.rows.set(event, row);
        this.inner.append(row);
      }
      row.style.top = `${at * height}px`;
      row.id = `event-${at}`;
      row.setAttribute("aria-posinset", at + 1);
      row.setAttribute("aria-setsize", this.length);
      row.setAttribute("aria-selected", event === this.chosen);
      row.classList.toggle("has-byte", this.has(event));
    }
    this.point();
  }

  /** Tells a screen reader which row is chosen, if it is there. */
  point() {
    const row = this.rows.get(this.chosen);
    if (row) this.list.setAttribute("aria-activedescendant", row.id);
    else this.list.removeAttribute("aria-activedescendant");
  }

  choose(event) {
    this.rows.get(this.chosen)?.setAttribute("aria-selected", false);
    this.chosen = event;
    this.rows.get(event)?.setAttribute("aria-selected", true);
    this.point();
    this.selected(event);
  }

  pressed(key) {
    const page = Math.max(1, Math.floor(this.list.clientHeight / this.height()) - 1);
    const moves = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page };
    const at = this.events.indexOf(this.chosen);
    let next;
    if (key.key === "Home") next = 0;
    else if (key.key === "End") next = this.length - 1;
    else if (key.key in moves) next = at < 0 ? this.length - 1 : at + moves[key.key];
    else if (key.key === "Enter" && at < 0) next = this.length - 1;
    else return;
    if (key.altKey || key.ctrlKey || key.metaKey) return;
    key.preventDefault();
    if (this.length === 0) return;
    next = Math.min(Math.max(next, 0), this.length - 1);
    this.reveal(next);
    this.choose(this.events[next]);
  }

  reveal(at) {
    const [top, height] = [at * this.height(), this.height()];
    const { scrollTop, clientHeight } = this.list;
    if (top < scrollTop) this.list.scrollTop = top;
    else if (top + height > scrollTop + clientHeight) {
      this.list.scrollTop = top + height - clientHeight;
    }
    this.draw();
  }

  row(event, at) {
    const row = element("div", `row ${event.event}`);
    row.wiretapEvent = event;
    row.setAttribute("role", "option");
    const meta = element("span", "meta");
    meta.ariaHidden = true;
    meta.append(element("b", "", event.connection || ""));
    if (isPiece(event)) meta.append(element("span", "amount", ` ${event.size} B`));
    const since = event.at - (this.events[at - 1]?.at ?? event.at);
    meta.append(element("span", "time", `+${(since / 1e6).toFixed(3)}`));
    const lane = element("div", `lane ${event.direction ?? ""} ${event.onward ?? ""}`);
    lane.ariaHidden = true;
    if (isPiece(event)) lane.append(...this.block(event));
    else lane.append(element("span", "said", words(event, DRAWN.includes(event.event))));
    row.append(element("span", "only-heard", sentence(event, this.session)), meta, lane);
    return row;
  }

  /** The block, and what is to be said beside it. */
  block(event) {
    const place = element("div", "place");
    const block = element("div", "block");
    const segments = this.session.segments(event);
    for (const segment of segments.slice(0, 12)) block.append(this.segment(event, segment));
    if (segments.length > 12) block.append(element("span", "segment", "…"));
    const said = [];
    if (segments.length > 1) {
      const framed = event.frames.found && event.parts;
      said.push(t(framed ? "messages" : "reads", segments.length));
    } else if (note(event, this.session)) said.push(t("part-note", segments[0].message));
    if (event.onward === "never") said.push(`✕ ${t("not-sent-on")}`);
    for (const name of event.faults ?? []) said.push(fault(name)[0]);
    place.append(block);
    return said.length > 0 ? [place, element("span", "note", said.join(" · "))] : [place];
  }

  segment(event, { message, from, to, starts, ends, parts }) {
    const colour = message > 0 ? `colour-${(message - 1) % COLOURS}` : "";
    const segment = element("span", `segment ${colour}`);
    segment.classList.toggle("goes-on", !ends);
    segment.classList.toggle("went-on", !starts);
    segment.style.flexGrow = Math.min(to - from, 24);
    segment.append(element("b", "message", message || "?"));
    const text = element("span", "text");
    for (const part of parts) {
      if (part.kind === "length" && part.number !== null) {
        text.append(element("span", "length", part.number));
      } else {
        const bytes = event.data.slice(part.from, Math.min(part.to, part.from + MOST_TEXT));
        text.append(characters(bytes).join(""));
      }
    }
    if (event.size === 0) text.append("∅");
    segment.append(text);
    return segment;
  }
}

const isShown = ({ events, chosen, length }) => {
  const at = events.indexOf(chosen);
  return at >= 0 && at < length;
};

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
