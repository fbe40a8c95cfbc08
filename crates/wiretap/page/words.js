// The words of the page, in English and in Chinese.

const en = {
  lang: "en",
  comma: ", ",
  colon: ": ",
  stop: ". ",
  quoted: '"{0}"',
  other: "中文",
  dark: "Dark",
  light: "Light",
  connection: "Connection",
  all: "all",
  client: "client",
  server: "server",
  stream: "What passes",
  player: "Pause, step, replay",
  pause: "Pause",
  play: "Go on",
  step: "Step",
  replay: "Replay",
  end: "Latest",
  speed: "Speed",
  slow: "slow",
  medium: "medium",
  fast: "fast",
  position: "Event",
  count: "{0} of {1}",
  waiting: "{0} of {1}, {2} waiting",
  where: "clients to {0}, server {1}",
  recorded: "a record: clients to {0}, server {1}",
  empty: "Nothing has passed yet. Start a client with the address {0}.",
  "empty-record": "There is nothing in this record.",
  dropped: "The first {0} events are no longer kept.",
  broken: "wiretap does not answer. The page tries again by itself.",
  faults: "Faults",
  "faults-note": "They act on what comes from now on, in all connections; after 0 bytes: on the next piece.",
  "no-faults": "This is a record: nothing can be disturbed any more.",
  legend: "How to read this",
  "to-server": "to the server",
  "to-client": "to the client",
  "client-to-server": "client to server",
  "server-to-client": "server to client",
  "choose-block": "Choose a block to see its bytes",
  "choose-byte": "Hold the mouse over a byte, or use the arrow keys.",
  "size-1": "1 byte",
  size: "{0} bytes",
  at: "offset {0}",
  number: "datagram {0}",
  "as-they-came": "read, and sent on as it came",
  disturbed: "read, a fault acts on it",
  never: "read, not sent on",
  "not-sent-on": "not sent on",
  sent: "sent on: {0}",
  glued: "{0} messages in one block: {1}",
  "glued-pieces": "{0} reads in one block: {1}",
  part: "a part of message {0}",
  "part-piece": "a part of read {0}",
  messages: "{0} messages",
  reads: "{0} reads",
  "part-note": "part of {0}",
  connect: "connected: {0} with {1}",
  "no-server": "{0} was closed: {1}",
  "end-event": "end of file after {0}",
  half: "half closed",
  closed: "closed",
  reset: "reset",
  "time-out": "time-out: {0}",
  failed: "failed: {0}",
  "faults-on": "faults now: {0}",
  "faults-off": "no faults now",
  more: "{0} events, the last: {1}",
  "the-piece": "these bytes, {0}",
  "as-read": "as they were read, {0}",
  "same-place": "the same place, {0}",
  "none-there": "nothing has come there",
  "rest": "and {0} more",
  "byte-at": "offset {0}: {1}",
  "byte-both": "{0} has {1} ({2})",
  value: "{0}, value",
  pause_ms: "{0}, pause in milliseconds",
  bytes_held: "{0}, bytes",
  wrong: "{0}: expected a number from {1} to {2}",
  "wrong-list": "{0}: expected numbers of datagrams from 1, such as 2,5",
  fault: {
    split: ["split", "at most {n} bytes a write"],
    glue: ["glue", "hold until a pause of {pause} ms, or {n} bytes"],
    delay: ["delay", "wait {n} ms before each write"],
    rate: ["rate", "{n} bytes a second"],
    flip: ["flip", "change a bit at offset {n}"],
    "half-close-after": ["half close", "end of file there after {n} bytes"],
    "cut-after": ["cut", "end of file to both after {n} bytes"],
    "reset-after": ["reset", "a reset to both after {n} bytes"],
    "stall-after": ["stall", "take nothing after {n} bytes"],
    seed: ["chance", "at random; seed {n} repeats it"],
    drop: ["drop", "not sent on: {n}"],
    duplicate: ["duplicate", "sent on twice: {n}"],
    reorder: ["reorder", "behind the next: {n}"],
    corrupt: ["corrupt", "a bit changed: {n}"],
    truncate: ["truncate", "at most {n} bytes"],
  },
  lost: "{0} not sent on",
  endings: {
    "half-close-after": "end of file there",
    "cut-after": "end of file to both sides",
    "reset-after": "a reset to both sides",
    "stall-after": "nothing more is taken",
  },
  legends: [
    "A block is what one read took or one write sent. wiretap sees only its own reads and writes, not those of the programs, and not the packets.",
    "A colour and a number are one message: a frame of lessons 5 to 7; in other streams, what one read took.",
    "Two colours in one block: glued. A torn edge: the message goes on in another block.",
    "Left half: between the client and wiretap. Right half: between wiretap and the server. A block in the middle went on as it came.",
    "In the list: arrow keys choose, Space pauses, . steps, R replays. In the bytes: arrow keys.",
  ],
};

const zh = {
  lang: "zh-CN",
  comma: "，",
  colon: "：",
  stop: "。",
  quoted: "“{0}”",
  other: "English",
  dark: "深色",
  light: "浅色",
  connection: "连接",
  all: "全部",
  client: "客户端",
  server: "服务端",
  stream: "经过的数据",
  player: "暂停、单步、重放",
  pause: "暂停",
  play: "继续",
  step: "单步",
  replay: "重放",
  end: "最新",
  speed: "速度",
  slow: "慢",
  medium: "中",
  fast: "快",
  position: "事件",
  count: "{0} / {1}",
  waiting: "{0} / {1}，还有 {2} 个没放",
  where: "客户端连 {0}，服务端 {1}",
  recorded: "录像：客户端连 {0}，服务端 {1}",
  empty: "还没有数据经过。请让客户端连接 {0}。",
  "empty-record": "这份录像是空的。",
  dropped: "最早的 {0} 个事件已经不再保留。",
  broken: "wiretap 没有回应，页面会自动重试。",
  faults: "故障",
  "faults-note": "对所有连接生效，从下一块数据开始；填 0 字节，下一块一来就动手。",
  "no-faults": "这是录像，不能再加故障。",
  legend: "怎么看这张图",
  "to-server": "发往服务端",
  "to-client": "发往客户端",
  "client-to-server": "客户端到服务端",
  "server-to-client": "服务端到客户端",
  "choose-block": "点一个方块，查看它的字节",
  "choose-byte": "把鼠标停在一个字节上，或者用方向键。",
  "size-1": "1 字节",
  size: "{0} 字节",
  at: "偏移 {0}",
  number: "第 {0} 个数据报",
  "as-they-came": "读到，原样转发",
  disturbed: "读到，故障在起作用",
  never: "读到，不转发",
  "not-sent-on": "不转发",
  sent: "转发：{0}",
  glued: "一块里有 {0} 条消息：{1}",
  "glued-pieces": "一块里有 {0} 次读到的数据：{1}",
  part: "第 {0} 条消息的一部分",
  "part-piece": "第 {0} 次读到的一部分",
  messages: "{0} 条消息",
  reads: "{0} 次读到的",
  "part-note": "{0} 的一部分",
  connect: "已连接：{0} 到 {1}",
  "no-server": "{0} 被关闭：{1}",
  "end-event": "文件结束，共 {0}",
  half: "半关闭",
  closed: "已关闭",
  reset: "复位",
  "time-out": "超时：{0}",
  failed: "失败：{0}",
  "faults-on": "现在的故障：{0}",
  "faults-off": "现在没有故障",
  more: "{0} 个事件，最后一个：{1}",
  "the-piece": "这一块，{0}",
  "as-read": "读到时的样子，{0}",
  "same-place": "同一位置，{0}",
  "none-there": "那里还没有数据",
  "rest": "还有 {0} 字节",
  "byte-at": "偏移 {0}：{1}",
  "byte-both": "{0}是 {1}（{2}）",
  value: "{0}，数值",
  pause_ms: "{0}，停顿毫秒数",
  bytes_held: "{0}，字节数",
  wrong: "{0}：应为 {1} 到 {2} 的整数",
  "wrong-list": "{0}：应为从 1 开始的数据报编号，例如 2,5",
  fault: {
    split: ["拆开", "每次最多写 {n} 字节"],
    glue: ["粘住", "静默 {pause} 毫秒或凑够 {n} 字节再发"],
    delay: ["延迟", "每次写之前等 {n} 毫秒"],
    rate: ["限速", "每秒 {n} 字节"],
    flip: ["翻转", "改偏移 {n} 处的一位"],
    "half-close-after": ["半关闭", "{n} 字节后，这个方向文件结束"],
    "cut-after": ["切断", "{n} 字节后，两边都文件结束"],
    "reset-after": ["复位", "{n} 字节后，两边都复位"],
    "stall-after": ["停住", "{n} 字节后不再收"],
    seed: ["随机", "随机捣乱，种子 {n} 可以重现"],
    drop: ["丢弃", "不转发：{n}"],
    duplicate: ["重复", "发两次：{n}"],
    reorder: ["乱序", "排到下一个后面：{n}"],
    corrupt: ["损坏", "改一位：{n}"],
    truncate: ["截短", "最多 {n} 字节"],
  },
  lost: "{0}没有转发",
  endings: {
    "half-close-after": "这个方向文件结束",
    "cut-after": "两边都文件结束",
    "reset-after": "两边都复位",
    "stall-after": "不再收",
  },
  legends: [
    "一个方块，是一次读到的数据，或一次写出的数据。wiretap 只看得见自己的读和写，看不见两边程序的读写，也看不见网络包。",
    "同一种颜色、同一个编号，是同一条消息：第 5 到 7 课的一帧；别的流里，就是一次读到的数据。",
    "一块里有两种颜色：粘在一起了。边上有锯齿：这条消息在别的方块里还有一截。",
    "左半边在客户端和 wiretap 之间，右半边在 wiretap 和服务端之间。跨在中间的方块，原样转发。",
    "列表里：方向键选择，空格暂停，句点单步，R 重放。字节区：方向键移动。",
  ],
};

const stored = () => {
  try {
    return localStorage.getItem("wiretap-language");
  } catch {
    return null;
  }
};

const wanted = stored() ?? navigator.languages.find((name) => /^(zh|en)/.test(name)) ?? "en";
let words = wanted.startsWith("zh") ? zh : en;

/** A word or a sentence with its blanks filled in. */
export function t(key, ...values) {
  return words[key].replace(/\{(\d)\}/g, (_, place) => values[place]);
}

/** A fault's name, and the sentence with its numbers. */
export const fault = (name) => words.fault[name] ?? [name, "{n}"];

/** What a fault does when it ends something; nothing if it never does. */
export const ending = (name) => words.endings[name];

export const legends = () => words.legends;

/** A number of bytes. */
export const size = (bytes) => (bytes === 1 ? t("size-1") : t("size", bytes));

export function changeLanguage() {
  words = words === en ? zh : en;
  try {
    localStorage.setItem("wiretap-language", words.lang);
  } catch {
    // Without storage the choice ends with the page.
  }
}

/** Fills in what stands in the page itself. */
export function fillIn() {
  document.documentElement.lang = words.lang;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
}
