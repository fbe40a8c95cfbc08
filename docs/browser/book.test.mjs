// Opens every page of both books in Chromium. Build them first: scripts/book.
//
// CHROMIUM=/path/to/chromium names another browser; SHOTS=folder keeps screenshots.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { complaintsOf, launch, violations } from "./browser.mjs";
import { deadLinks, pages, serve, twinsOf } from "./site.mjs";

const phone = { width: 360, height: 740 };
const projector = { width: 1280, height: 800 };

/** Who says so, in which colours: the system's choice, which the books follow. */
const schemes = ["light", "dark"];

/** mdBook's themes that nobody gets without choosing them. */
const otherThemes = ["rust", "navy", "ayu"];

const contrast = ["color-contrast"];

let browser;
let site;

before(async () => {
  site = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  site?.server.closeAllConnections();
  site?.server.close();
});

/** Opens a page, runs `check` on it, and fails for whatever the browser complains of. */
async function open(path, { size = projector, scheme = "light", theme }, check) {
  const context = await browser.newContext({ viewport: size, colorScheme: scheme });
  const page = await context.newPage();
  const complaints = complaintsOf(page, site.url);
  try {
    if (theme) {
      await page.addInitScript((name) => localStorage.setItem("mdbook-theme", name), theme);
    }
    await page.goto(`${site.url}/${path}`, { waitUntil: "load" });
    await page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    await check(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

/** What is wider than the window, except inside what may scroll. */
function tooWide() {
  const width = document.documentElement.clientWidth;
  const scrolls = "pre > code, .table-wrapper, .drawing, #mdbook-sidebar";
  return [...document.body.querySelectorAll("*")]
    .filter((element) => !element.parentElement.closest(scrolls))
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .map((element) => element.outerHTML.slice(0, 120));
}

async function shoot(page, name) {
  if (!process.env.SHOTS) return;
  mkdirSync(process.env.SHOTS, { recursive: true });
  const path = join(process.env.SHOTS, `${name.replaceAll("/", "-")}.png`);
  await page.screenshot({ path, fullPage: true });
}

it("no link inside the books is dead", () => {
  assert.deepEqual(deadLinks(), []);
});

it("each page names its twin in the other language", () => {
  for (const path of pages().filter((path) => path.includes("/"))) {
    const [folder, name] = path.split("/");
    const other = folder === "en" ? "zh" : "en";
    // The first page of a book is there under two names.
    const twin = name === "index.html" ? "introduction.html" : name;
    assert.deepEqual(twinsOf(path), [`../${other}/${twin}`], path);
  }
});

it("both books have pages, and the same ones", () => {
  const names = (folder) =>
    pages().filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
  assert.ok(names("en/").length > 2);
  assert.deepEqual(names("en/"), names("zh/"));
});

it("a page leads to its twin and back by a click", async () => {
  await open("en/01-echo.html", {}, async (page) => {
    for (const path of ["zh/01-echo.html", "en/01-echo.html"]) {
      await page.click(".other-language a");
      await page.waitForURL(`${site.url}/${path}`);
    }
  });
});

// Each core has one page to work at.
describe("each page", { concurrency: availableParallelism() }, () => {
  for (const path of pages()) {
    // What says nothing takes the number of whom it stands in.
    describe(path, { concurrency: 1 }, () => {
      for (const scheme of schemes) {
        it(`opens without an error and is readable by everybody, ${scheme}`, async () => {
          await open(path, { scheme }, async (page) => {
            const rules = scheme === "dark" ? contrast : undefined;
            assert.deepEqual(await violations(page, rules), []);
            await shoot(page, `${path}-1280-${scheme}`);
          });
        });
      }

      it("is no wider than a phone or a projector", async () => {
        await open(path, { size: phone }, async (page) => {
          await shoot(page, `${path}-360-light`);
          for (const size of [phone, projector]) {
            await page.setViewportSize(size);
            assert.deepEqual(await page.evaluate(tooWide), [], `${size.width} px`);
          }
        });
      });
    });
  }
});

describe("the phone", () => {
  it("has no serious fault either where the columns of a scene become one", async () => {
    for (const path of pages().filter((path) => path.includes("01-"))) {
      await open(path, { size: phone }, async (page) => {
        assert.deepEqual(await violations(page), []);
      });
    }
  });
});

describe("each other theme", { concurrency: availableParallelism() }, () => {
  for (const theme of otherThemes) {
    it(`${theme} is readable`, async () => {
      for (const path of pages().filter((path) => /0\d-/.test(path))) {
        await open(path, { theme }, async (page) => {
          assert.deepEqual(await violations(page, contrast), []);
        });
      }
    });
  }
});

for (const folder of ["en", "zh"]) {
  it(`${folder}/print.html has the whole book and opens without an error`, async () => {
    const path = `${folder}/print.html`;
    const context = await browser.newContext();
    const page = await context.newPage();
    // It opens the dialog of the printer, which a browser without a window has not.
    await page.addInitScript(() => (window.print = () => {}));
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`${site.url}/${path}`, { waitUntil: "load" });
    const titles = await page.locator("main h1").count();
    await context.close();
    assert.deepEqual(errors, []);
    const chapters = pages().filter((name) => name.startsWith(`${folder}/`)).length - 1;
    assert.equal(titles, chapters);
  });
}
