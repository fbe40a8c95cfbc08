// The bytes of the chosen block, and the same place in the other direction.

import { characters, hex, isPiece, other } from "./session.js";
import { headline, sentence } from "./speak.js";
import { t } from "./words.js";

/** So many bytes of a block are shown. */
const MOST = 256;

export class Bytes {
  /** `marked` is called with the byte under the mouse or the cursor, or null. */
  constructor({ title, strips, line }, marked) {
    Object.assign(this, { title, strips, line, marked, event: null });
    strips.addEventListener("mouseover", ({ target }) => {
      const cell = target.closest(".cell");
      if (cell) this.mark(Number(cell.dataset.at));
    });
    strips.addEventListener("mouseleave", () => this.mark(null));
    strips.addEventListener("keydown", (key) => this.pressed(key));
    // Whatever strip is scrolled, the same bytes stand below each other.
    const scrolled = ({ target }) => {
      for (const strip of strips.querySelectorAll(".strip")) strip.scrollTop = target.scrollTop;
    };
    strips.addEventListener("scroll", scrolled, { capture: true, passive: true });
    strips.addEventListener("focusin", ({ target }) => {
      if (target.matches(".strip") && this.at === null) this.mark(0);
    });
    strips.addEventListener("click", ({ target }) => {
      target.closest(".strip")?.focus({ preventScroll: true });
    });
  }

  show(event, session) {
    Object.assign(this, { event, session, at: null });
    this.line.textContent = "";
    this.strips.replaceChildren();
    this.title.textContent = event ? sentence(event, session) : t("choose-block");
    if (!event || !isPiece(event)) return;
    this.title.textContent = headline(event, session);
    const { direction, offset } = event;
    this.start = session.datagrams ? 0 : offset;
    this.length = Math.min(event.data.length, MOST);
    const end = this.start + this.length;
    this.rows = [{ direction, name: "the-piece", bytes: Array.from(event.data.slice(0, MOST)) }];
    if (event.event === "sent") {
      const bytes = session.bytesAt(event, direction, this.start, end);
      this.rows.push({ direction, name: "as-read", bytes });
    }
    const back = other(direction);
    const bytes = session.bytesAt(event, back, this.start, end);
    this.rows.push({ direction: back, name: "same-place", bytes });
    this.rows.forEach((row, place) => this.strips.append(...this.strip(row, place)));
    this.say(null);
  }

  /** The same block again: more may have come in the other direction. */
  refresh() {
    if (!this.event || !isPiece(this.event)) return;
    const { at, session, event } = this;
    const focused = [...this.strips.querySelectorAll(".strip")].indexOf(document.activeElement);
    const before = this.rows;
    const now = session.bytesAt(event, other(event.direction), this.start, this.start + this.length);
    if (String(before.at(-1).bytes) === String(now)) return;
    this.show(event, session);
    this.mark(at);
    if (focused >= 0) this.strips.querySelectorAll(".strip")[focused]?.focus();
  }

  strip({ direction, name, bytes }, place) {
    const label = document.createElement("h3");
    label.id = `strip-${place}`;
    const some = bytes.some((byte) => byte !== null);
    const more = this.event.size - this.length;
    label.textContent = t(name, t(direction));
    if (!some && bytes.length > 0) label.textContent += `${t("colon")}${t("none-there")}`;
    else if (place === 0 && more > 0) label.textContent += ` (${t("rest", more)})`;
    if (!some) {
      label.className = "none";
      return [label];
    }
    const strip = document.createElement("div");
    strip.className = `strip ${direction}`;
    strip.tabIndex = 0;
    strip.setAttribute("role", "listbox");
    strip.setAttribute("aria-labelledby", label.id);
    const texts = characters(bytes);
    strip.append(...bytes.map((byte, at) => this.cell(byte, at, texts[at], place)));
    return [label, strip];
  }

  cell(byte, at, text, place) {
    const cell = document.createElement("span");
    cell.className = "cell";
    cell.id = `byte-${place}-${at}`;
    cell.dataset.at = at;
    cell.setAttribute("role", "option");
    cell.setAttribute("aria-selected", "false");
    const digits = document.createElement("b");
    digits.textContent = byte === null ? "··" : hex(byte);
    const shown = document.createElement("span");
    shown.className = "character";
    shown.textContent = text === " " ? "␣" : text || "\u00a0";
    cell.append(digits, shown);
    return cell;
  }

  /** A byte in words, in every row that has it. */
  said(at) {
    const rows = this.rows.filter(({ bytes }) => bytes[at] !== null);
    const each = rows.map(({ direction, name, bytes }) => {
      const texts = characters(bytes);
      let first = at;
      while (texts[first] === "") first--; // the character that this byte is a part of
      const text = texts[first];
      const row = name === "as-read" ? t(name, t(direction)) : t(direction);
      return t("byte-both", row, hex(bytes[at]), text === " " ? "␣" : text);
    });
    return t("byte-at", this.start + at, each.join(t("comma")));
  }

  say(at) {
    this.line.textContent = at === null ? t("choose-byte") : this.said(at);
    this.line.classList.toggle("hint", at === null);
  }

  mark(at) {
    if (!this.event || at === this.at) return;
    this.at = at;
    for (const cell of this.strips.querySelectorAll(".cell.same")) {
      cell.classList.remove("same");
      cell.querySelector(".only-heard").remove();
      cell.setAttribute("aria-selected", "false");
    }
    const strips = [...this.strips.querySelectorAll(".strip")];
    for (const strip of strips) {
      strip.removeAttribute("aria-activedescendant");
      const cell = at === null ? null : strip.children[at];
      if (!cell) continue;
      cell.classList.add("same");
      const heard = document.createElement("span");
      heard.className = "only-heard";
      heard.textContent = ` ${this.said(at)}`;
      cell.append(heard);
      cell.setAttribute("aria-selected", "true");
      strip.setAttribute("aria-activedescendant", cell.id);
    }
    this.say(at);
    const { connection, offset } = this.event;
    this.marked(at === null ? null : { connection, number: offset, offset: this.start + at });
  }

  pressed(key) {
    const strip = key.target.closest(".strip");
    if (!strip) return;
    const columns = Math.max(1, Math.floor(strip.clientWidth / strip.children[0].offsetWidth));
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    let at = (this.at ?? 0) + (moves[key.key] ?? 0);
    if (key.key === "Home") at = 0;
    else if (key.key === "End") at = this.length - 1;
    else if (!(key.key in moves)) return;
    key.preventDefault();
    this.mark(Math.min(Math.max(at, 0), this.length - 1));
    strip.children[this.at]?.scrollIntoView({ block: "nearest" });
  }
}
