// Puts the page together: events come in here, and everything else is told of them.

import { Bytes } from "./bytes.js";
import { FaultSwitches } from "./faults.js";
import { Player } from "./player.js";
import { Session } from "./session.js";
import { Speaker } from "./speak.js";
import { Stream } from "./stream.js";
import { changeLanguage, fillIn, legends, t } from "./words.js";

const find = (id) => document.getElementById(id);

let session = null;
/** The events of the chosen connection, and which that is: "" for all. */
let shown = [];
let only = "";
let asked = false;

const bytes = new Bytes(
  { title: find("bytes-title"), strips: find("strips"), line: find("byte") },
  (place) => stream.mark(place),
);
const stream = new Stream(find("list"), {
  selected: (event) => bytes.show(event, session),
});
const speaker = new Speaker(find("spoken"));
const switches = new FaultSwitches(find("switches"), find("refused"));
const player = new Player(draw, () => speaker.say([shown[player.position - 1]], session));

/** Draws once, however often it was asked for, before the next picture. */
function draw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    if (!session) return;
    stream.show(session, shown, player.position);
    bytes.refresh();
    drawPlayer();
    find("empty").hidden = shown.length > 0;
    find("dropped").hidden = session.dropped === 0;
    find("dropped").textContent = t("dropped", session.dropped);
  });
}

function drawPlayer() {
  const { position, total, paused } = player;
  find("pause").textContent = t(paused ? "play" : "pause");
  const waits = total - position;
  find("count").textContent = t(waits > 0 ? "waiting" : "count", position, total, waits);
  const range = find("position");
  range.max = total;
  range.value = position;
  range.setAttribute("aria-label", t("position"));
  range.setAttribute("aria-valuetext", t("count", position, total));
  find("step").disabled = waits === 0;
}

/** Everything that depends on the session or on the language. */
function drawAll() {
  fillIn();
  find("language").textContent = t("other");
  find("language").lang = t("lang") === "en" ? "zh-CN" : "en";
  drawTheme();
  find("legend").replaceChildren(
    ...legends().map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
  if (!session) return;
  const { listen, to, live } = session.head;
  find("where").textContent = t(live ? "where" : "recorded", listen, to);
  find("empty").textContent = t(live ? "empty" : "empty-record", listen);
  drawConnections();
  switches.draw(session);
  stream.redraw();
  bytes.show(stream.chosen, session);
  draw();
}

function drawConnections() {
  const options = ["", ...session.connections].map((number) => {
    const option = document.createElement("option");
    option.value = number;
    option.textContent = number === "" ? t("all") : number;
    return option;
  });
  find("connection").replaceChildren(...options);
  find("connection").value = only;
  find("connection").setAttribute("aria-label", t("connection"));
}

const belongs = (event) =>
  only === "" || event.connection === 0 || String(event.connection) === only;

/** Another connection, or events have gone. */
function choose() {
  shown = session.events.filter(belongs);
}

function take(events) {
  const before = session.connections.length;
  const gone = session.add(events);
  if (gone > 0) choose();
  else for (const event of events) if (event.event !== "closed" && belongs(event)) shown.push(event);
  if (session.connections.length > before) drawConnections();
  if (session.reframed) {
    session.reframed = false;
    stream.redraw();
  }
  if (events.some(({ event }) => event === "faults")) switches.update(session.faults);
  const heard = events.filter((event) => event.event !== "closed" && belongs(event));
  if (heard.length > 0 && player.following) speaker.say(heard, session);
  player.grow(shown.length, gone);
}

function begin(head) {
  // It was the connection that broke, and wiretap is the same.
  if (session?.head.run === head.run) return;
  session = new Session(head);
  shown = [];
  only = "";
  stream.choose(null);
  drawAll();
  player.end();
  player.grow(0);
}

const source = new EventSource("/events");
source.addEventListener("session", ({ data }) => begin(JSON.parse(data)));
source.addEventListener("missed", ({ data }) => {
  session.dropped += Number(data);
  draw();
});
source.addEventListener("message", ({ data }) => take(JSON.parse(data)));
source.addEventListener("open", () => (find("broken").textContent = ""));
source.addEventListener("error", () => (find("broken").textContent = t("broken")));

find("pause").addEventListener("click", () => (player.paused ? player.play() : player.pause()));
/** Whoever moves through the events wants to see where. */
const moving = (move) => () => {
  stream.sticks = true;
  move();
};
find("step").addEventListener("click", moving(() => player.step()));
find("replay").addEventListener("click", moving(() => player.replay()));
find("end").addEventListener("click", moving(() => player.end()));
find("position").addEventListener("input", ({ target }) => {
  stream.sticks = true;
  player.seek(Number(target.value));
});
find("speed").addEventListener("change", ({ target }) => (player.pace = Number(target.value)));
find("list").addEventListener("keydown", (key) => {
  const button = { " ": "pause", ".": "step", r: "replay", R: "replay" }[key.key];
  if (!button || key.ctrlKey || key.altKey || key.metaKey) return;
  key.preventDefault();
  find(button).click();
});
find("connection").addEventListener("change", ({ target }) => {
  only = target.value;
  choose();
  player.end();
  player.grow(shown.length);
});

find("language").addEventListener("click", () => {
  changeLanguage();
  drawAll();
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");

function drawTheme() {
  find("theme").textContent = t(theme() === "dark" ? "light" : "dark");
}

find("theme").addEventListener("click", () => {
  const chosen = theme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
  try {
    localStorage.setItem("wiretap-theme", chosen);
  } catch {
    // Without storage the choice ends with the page.
  }
  drawTheme();
});
dark.addEventListener("change", drawTheme);

try {
  const chosen = localStorage.getItem("wiretap-theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  // Then the system's choice.
}
if (matchMedia("(max-width: 60rem)").matches) find("faults").open = false;
drawAll();
