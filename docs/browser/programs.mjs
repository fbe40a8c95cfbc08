// The programs under test: started on free ports, and ended.

import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(resolve(root, process.env.CARGO_TARGET_DIR ?? "target"), "debug");
const running = new Set();

// Also when the tests themselves are ended.
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** How long a program may take to print a line, in milliseconds. */
const LIMIT = 30_000;

/** Runs a program of the course; `cargo test` has built it. */
export function start(name, ...args) {
  const child = spawn(join(folder, name), args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  running.add(child);
  return {
    /** The next line that it prints. */
    line: async () => {
      const { value, done } = await soon(lines.next(), `${name} has printed no line`);
      if (done) throw new Error(`${name} ended before it printed a line`);
      return value;
    },
    /** Types a line. */
    type: (text) => child.stdin.write(`${text}\n`),
    end: () => child.stdin.end(),
    kill: () => child.kill("SIGKILL"),
    ended: new Promise((ended) => child.on("exit", ended)),
  };
}

/** What is promised, or an error if it takes too long. */
async function soon(promise, text) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${text} for ${LIMIT / 1000} s`)), LIMIT);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A server on a free port, with its address. */
export async function serve(name, ...args) {
  const server = start(name, ...args, "127.0.0.1:0");
  const address = (await server.line()).replace("listening on ", "");
  return { ...server, address };
}

/** A tap with a page: where clients connect, and the page's address. */
export async function tap(...args) {
  const tap = start("wiretap", "--web", "127.0.0.1:0", ...args);
  const address = args.includes("--replay") ? null : (await tap.line()).replace("listening on ", "");
  let line = await tap.line();
  while (!line.startsWith("the page is ")) line = await tap.line();
  return { ...tap, address, page: line.replace("the page is ", "") };
}

/** Ends whatever still runs. */
export async function endAll() {
  for (const child of running) {
    const runs = child.exitCode === null && child.signalCode === null;
    if (runs) await new Promise((gone) => child.on("exit", gone).kill("SIGKILL"));
  }
  running.clear();
}
