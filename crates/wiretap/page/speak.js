// What a screen reader says of events, and of one event in words.

import { characters, isPiece } from "./session.js";
import { ending, fault, size, t } from "./words.js";

/** At most one message in this time, in milliseconds. */
const PACE = 1500;

/** So many bytes of a piece are said. */
const SAID = 40;

/** An event as a sentence. */
export function sentence(event, session) {
  const text = isPiece(event) ? pieceSentence(event, session) : words(event);
  return `${number(event)}${text}`;
}

/** A piece in words, without its bytes. */
export function headline(event, session) {
  return number(event) + pieceSentence(event, session, false);
}

const number = ({ connection }) =>
  connection > 0 ? `${t("connection")} ${connection}${t("colon")}` : "";

function pieceSentence(event, session, withBytes = true) {
  const place = session.datagrams ? t("number", event.offset) : t("at", event.offset);
  const what = `${event.event === "sent" ? t("sent", names(event.faults)) : t(event.onward)}`;
  const text = characters(event.data.slice(0, SAID)).join("");
  const rest = event.size > SAID ? "…" : "";
  const bytes = withBytes ? t("quoted", `${text}${rest}`) : "";
  const all = [t(event.direction), place, size(event.size), what, note(event, session), bytes];
  return all.filter(Boolean).join(t("comma"));
}

/** What is to be said of a block that is glued or torn. */
export function note(event, session) {
  const segments = session.segments(event);
  const framed = event.frames.found && event.parts;
  if (segments.length > 1) {
    const numbers = segments.map(({ message }) => message || "?").join(t("comma"));
    return t(framed ? "glued" : "glued-pieces", segments.length, numbers);
  }
  const [{ message, starts, ends }] = segments;
  if (starts && ends) return "";
  return t(framed ? "part" : "part-piece", message);
}

const names = (faults) => faults.map((name) => fault(name)[0]).join(t("comma"));

/** An event that is no piece, without its connection; `drawn`: its direction shows. */
export function words(event, drawn = false) {
  const arrow = event.direction && !drawn ? t(event.direction) + t("colon") : "";
  switch (event.event) {
    case "connect":
      return t("connect", event.client, event.server);
    case "no-server":
      return t("no-server", event.client, event.error);
    case "end":
      return `${arrow}${t("end-event", size(event.total))}${t("comma")}${t(event.half ? "half" : "closed")}`;
    case "reset":
      return arrow + t("reset");
    case "time-out":
      return arrow + t("time-out", event.text);
    case "failed":
      return arrow + t("failed", event.error);
    case "fault":
      return arrow + acted(event);
    case "faults":
      return faultsNow(event.faults);
    default:
      return event.event;
  }
}

function acted({ fault: name, text }) {
  const lost = /(\d+) bytes?/.exec(text)?.[1];
  const what = fault(name)[0] + t("colon") + (ending(name) ?? text);
  return ending(name) && lost ? what + t("comma") + t("lost", size(Number(lost))) : what;
}

function faultsNow(faults) {
  const said = faults.flatMap((ofOne, direction) =>
    Object.entries(ofOne).map(([name, value]) => {
      const number = value.size ?? value;
      return `${fault(name)[0]} (${number}) ${t(direction === 0 ? "to-server" : "to-client")}`;
    }),
  );
  return said.length > 0 ? t("faults-on", said.join(t("comma"))) : t("faults-off");
}

/** Says what happens, a little at a time: many events at once are one message. */
export class Speaker {
  constructor(place) {
    this.place = place;
    this.waiting = [];
    this.timer = null;
  }

  say(events, session) {
    // Only how many there are and the last ones matter, however many they are.
    this.count = (this.timer ? this.count : 0) + events.length;
    this.waiting = [...(this.timer ? this.waiting : []), ...events.slice(-2)].slice(-2);
    this.session = session;
    if (!this.timer) this.speak();
  }

  speak() {
    this.timer = null;
    if (this.count === 0) return;
    const last = sentence(this.waiting.at(-1), this.session);
    const before = this.waiting.slice(0, -1).map((event) => sentence(event, this.session));
    const text = this.count > 2 ? t("more", this.count, last) : [...before, last].join(t("stop"));
    const line = document.createElement("p");
    line.textContent = text;
    this.place.replaceChildren(line);
    Object.assign(this, { count: 0, waiting: [] });
    this.timer = setTimeout(() => this.speak(), PACE);
  }
}
