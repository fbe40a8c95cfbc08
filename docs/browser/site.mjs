// The built books: where they are, which pages they have, and a server for them.

import { readFileSync, readdirSync, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../target/book", import.meta.url));

const types = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Every HTML file of the site, as its path below `root`. */
export function htmlFiles(folder = root) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return htmlFiles(path);
      return entry.name.endsWith(".html") ? [relative(root, path).split(sep).join("/")] : [];
    })
    .sort();
}

/** What a reader opens: no frames, no page for a server's errors, no whole book. */
export function pages() {
  return htmlFiles().filter((path) => !/(^|\/)(print|toc|404)\.html$/.test(path));
}

/** The links of all pages that lead to no file or to no id, as readable lines. */
export function deadLinks() {
  const files = htmlFiles().filter((path) => !path.endsWith("404.html"));
  const ids = new Map(files.map((path) => [path, idsOf(path)]));
  return files.flatMap((path) =>
    [...read(path).matchAll(/<[a-z][^<>]*?\s(?:href|src)="([^"]*)"/gi)]
      .map((match) => match[1].replaceAll("&amp;", "&"))
      .filter((link) => !/^(https?|mailto|data):/.test(link))
      .filter((link) => !leadsSomewhere(path, link, ids))
      .map((link) => `${path}: ${link}`),
  );
}

/** Where a page's link to the other language leads. */
export function twinsOf(path) {
  const links = /<p class="other-language"><a href="([^"]*)"/g;
  return [...read(path).matchAll(links)].map((match) => match[1]);
}

function leadsSomewhere(path, link, ids) {
  const url = new URL(link, `http://site/${path}`);
  const target = decodeURIComponent(url.pathname.slice(1));
  const file = join(root, target);
  if (!existsSync(file) || !statSync(file).isFile()) return false;
  const id = decodeURIComponent(url.hash.slice(1));
  return id === "" || !target.endsWith(".html") || ids.get(target)?.has(id);
}

function idsOf(path) {
  return new Set([...read(path).matchAll(/<[a-z][^<>]*?\sid="([^"]*)"/gi)].map((m) => m[1]));
}

function read(path) {
  return readFileSync(join(root, path), "utf8");
}

/** Serves the site on a free port of this machine. */
export async function serve() {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://site").pathname);
    const file = normalize(join(root, path));
    if (!file.startsWith(root + sep) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[extname(file)] ?? "text/plain" });
    response.end(readFileSync(file));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}
