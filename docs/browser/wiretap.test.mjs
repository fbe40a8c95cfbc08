// Opens the page of wiretap in Chromium, with real lessons on both sides of the tap.
// Build them first: cargo test, or cargo build.
//
// CHROMIUM=/path/to/chromium names another browser; SHOTS=folder keeps screenshots.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { complaintsOf, findings, launch } from "./browser.mjs";
import { endAll, serve, start, tap } from "./programs.mjs";

const projector = { width: 1280, height: 720 };
const sizes = [projector, { width: 1920, height: 1080 }, { width: 390, height: 844 }];

let browser;
before(async () => (browser = await launch()));
after(async () => {
  await browser?.close();
  await endAll();
});

/** Opens a tap's page, and fails for whatever the browser complains of. */
async function open(url, options, check) {
  const { breaks = false } = options;
  const { size = projector, scheme = "light", locale = "en-GB", motion = "no-preference" } = options;
  const context = await browser.newContext({
    viewport: size,
    colorScheme: scheme,
    locale,
    reducedMotion: motion,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = complaintsOf(page, url);
  try {
    await page.goto(url);
    await page.waitForFunction(() => document.querySelector("#where").textContent !== "");
    await check(page, context);
    if (!breaks) assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

async function shoot(page, name) {
  if (!process.env.SHOTS) return;
  mkdirSync(process.env.SHOTS, { recursive: true });
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished)));
  await page.evaluate(() => scrollTo(0, 0));
  const path = join(process.env.SHOTS, `wiretap-${name}.png`);
  await page.screenshot({ path, fullPage: true });
}

/** Lesson 2's server, which answers in upper case, a tap in front of it, a client. */
async function upperCase(...args) {
  const server = await serve("comm-loop-server");
  const tapped = await tap("--to", server.address, ...args);
  const client = start("comm-loop-client", tapped.address);
  const say = async (text) => {
    client.type(text);
    return await client.line();
  };
  return { ...tapped, say, client };
}

/** Lesson 5's client, whose two lines arrive at its server glued. */
async function glued(size, ...framed) {
  const server = await serve("sticky-packet-server", ...framed);
  const glue = ["--glue", "--glue-size", size, "--glue-pause", "60000"];
  const tapped = await tap("--to", server.address, ...glue, "--client-to-server");
  const client = start("sticky-packet-client", ...framed, tapped.address);
  assert.match(await tapped.line(), /connected/);
  client.type("hello");
  assert.match(await tapped.line(), /hell/); // the tap has read it, and holds it
  client.type("feng");
  return { ...tapped, server };
}

const texts = (page, selector) => page.locator(selector).allTextContents();
const rows = (page) => page.locator(".row");

describe("a page of the tap", { concurrency: 3 }, () => {
  it("shows two glued writes as one block with both", async () => {
    const { page: url, server } = await glued("9");
    await open(url, {}, async (page) => {
      const block = page.locator(".row.sent .block");
      await block.waitFor();
      assert.deepEqual(await texts(page, ".row.sent .text"), ["hello", "feng"]);
      assert.deepEqual(await texts(page, ".row.sent .note"), ["2 reads · glue"]);
      assert.deepEqual(await texts(page, ".row .amount"), [" 5 B", " 4 B", " 9 B"]);
      assert.equal(await block.count(), 1);
      server.type("");
      await server.line();
      assert.equal(await server.line(), 'read 9 bytes: "hellofeng"');
      await block.click();
      await shoot(page, "glued");
    });
  });

  it("shows two glued frames as one block with two messages", async () => {
    const { page: url } = await glued("17", "--framed");
    await open(url, {}, async (page) => {
      await page.locator(".row.sent .block").waitFor();
      assert.deepEqual(await texts(page, ".row.sent .text"), ["5hello", "4feng"]);
      assert.deepEqual(await texts(page, ".row.sent .note"), ["2 messages · glue"]);
      const name = await page.locator(".row.sent .only-heard").textContent();
      assert.match(name, /2 messages in one block: 1, 2/);
    });
  });

  it("shows the parts of a split message as parts", async () => {
    const { page: url, say } = await upperCase("--split", "3", "--client-to-server");
    await say("hello");
    await open(url, {}, async (page) => {
      await page.locator(".row.sent").nth(1).waitFor();
      assert.deepEqual(await texts(page, ".row.sent .text"), ["hel", "lo"]);
      assert.equal(await page.locator(".row.sent .goes-on").count(), 1);
      assert.equal(await page.locator(".row.sent .went-on").count(), 1);
      await page.locator(".row.sent").first().click();
      await shoot(page, "split");
    });
  });

  it("disturbs with a switch what the client sees, and stops with it", async () => {
    const { page: url, say } = await upperCase();
    assert.equal(await say("hello"), "HELLO");
    await open(url, {}, async (page) => {
      const flip = page.getByRole("switch", { name: "flip, to the client" });
      await page.getByLabel("flip, value").fill("5");
      await flip.check();
      await page.locator(".row.faults").waitFor();
      assert.equal(await say("feng"), "GENG"); // 46 is F, and 47 is G
      await page.locator(".row.sent").waitFor();
      assert.deepEqual(await texts(page, ".row.sent .text"), ["GENG"]);
      await flip.uncheck();
      await page.locator(".row.faults").nth(1).waitFor();
      assert.equal(await say("feng"), "FENG");
      assert.deepEqual(await texts(page, ".row.faults .said"), [
        "faults now: flip (5) to the client",
        "no faults now",
      ]);
    });
  });

  it("says in words what a fault has done to the connection", async () => {
    const { page: url, say, client } = await upperCase();
    assert.equal(await say("hello"), "HELLO");
    await open(url, {}, async (page) => {
      await page.getByRole("switch", { name: "reset, to the server" }).check();
      await page.locator(".row.faults").waitFor();
      client.type("feng");
      await page.locator(".row.fault").waitFor();
      assert.deepEqual(await texts(page, ".row.fault .said"), [
        "reset: a reset to both sides, 4 bytes not sent on",
      ]);
      await page.click("#language");
      assert.deepEqual(await texts(page, ".row.fault .said"), [
        "复位：两边都复位，4 字节没有转发",
      ]);
      await shoot(page, "reset-after");
    });
  });

  it("says what is wrong with a fault, and changes nothing", async () => {
    const { page: url, say } = await upperCase();
    await open(url, {}, async (page) => {
      await page.getByLabel("split, value").fill("0");
      await page.getByRole("switch", { name: "split, to the server" }).click();
      await page.getByRole("alert").getByText("split: expected a number from 1").waitFor();
      assert.equal(await page.getByRole("switch", { name: "split, to the server" }).isChecked(), false);
      assert.equal(await say("hello"), "HELLO");
      assert.equal(await page.locator(".row.faults").count(), 0);
    });
  });

  it("neither obeys nor answers the pages of others", async () => {
    const { page: url, say } = await upperCase();
    const other = createServer((_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>x</title>");
    });
    await new Promise((listening) => other.listen(0, "127.0.0.1", listening));
    try {
      await open(url, {}, async (page, context) => {
        const foreign = await context.newPage();
        await foreign.goto(`http://127.0.0.1:${other.address().port}`);
        const asked = await foreign.evaluate(async (url) => {
          const body = '[{"flip":0},{"flip":0}]';
          const failed = () => "failed";
          const json = { "Content-Type": "application/json" };
          return [
            await fetch(`${url}faults`, { method: "POST", mode: "no-cors", body }).catch(failed),
            await fetch(`${url}faults`, { method: "POST", headers: json, body }).catch(failed),
            await fetch(`${url}events`).catch(failed),
          ];
        }, url);
        assert.deepEqual(asked, ["failed", "failed", "failed"]);
        assert.equal(await say("hello"), "HELLO");
        await rows(page).nth(2).waitFor();
        assert.equal(await page.locator(".row.faults").count(), 0);
      });
    } finally {
      other.closeAllConnections();
      other.close();
    }
  });

  it("shows frames in other bytes only when a whole one has come", async () => {
    const server = await serve("comm-loop-server");
    const { page: url, address } = await tap("--to", server.address);
    await open(url, {}, async (page) => {
      const [host, port] = address.split(":");
      const client = connect(port, host);
      const write = async (...bytes) => {
        client.write(Buffer.from(bytes));
        await once(client, "data", { signal: AbortSignal.timeout(20_000) });
      };
      await write(0, 0, 0, 2, 65);
      await page.locator(".row.arrived").nth(1).waitFor();
      assert.deepEqual((await texts(page, ".row.arrived .text")).at(0), "\\0\\0\\0\\x02A");
      await write(66, 0, 0, 0, 1, 67);
      await page.locator(".row.arrived").nth(3).waitFor();
      assert.deepEqual(await texts(page, ".lane.client-to-server .text"), ["2A", "B", "1C"]);
      client.destroy();
    });
  });

  it("marks a byte and the one at the same place in the other direction", async () => {
    const { page: url, say } = await upperCase();
    await say("hello");
    await say("你好");
    await open(url, {}, async (page) => {
      await page.locator(".row.arrived").first().click();
      await page.locator(".strip.client-to-server .cell").nth(1).hover();
      assert.deepEqual(await texts(page, ".cell.same b"), ["65", "45"]);
      assert.match(await page.locator("#byte").textContent(), /^offset 1: .*65 \(e\).*45 \(E\)$/);
      assert.equal(await page.locator(".row.has-byte").count(), 2);
      await page.locator("#where").hover();
      assert.equal(await page.locator(".cell.same").count(), 0);
    });
  });

  it("can be used with the keyboard alone", async () => {
    const { page: url, say } = await upperCase();
    await say("hello");
    await open(url, {}, async (page) => {
      await rows(page).nth(2).waitFor();
      const press = async (...keys) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      const active = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
      while ((await active()) !== "list") await press("Tab");
      await press("Home", "ArrowDown");
      const chosen = page.locator("#list [aria-selected=true]");
      assert.match(await chosen.textContent(), /client to server, offset 0, 5 bytes.*hello/);
      const id = await page.locator("#list").getAttribute("aria-activedescendant");
      assert.equal(await chosen.getAttribute("id"), id);
      while (!(await active()).startsWith("strip")) await press("Tab");
      await press("ArrowRight", "ArrowRight");
      assert.deepEqual(await texts(page, ".cell.same b"), ["6c", "4c"]);
      const named = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
      while ((await named()) !== "flip, to the client") await press("Tab");
      await press("Space");
      await page.locator(".row.faults").waitFor();
      assert.equal(await page.locator(".row.faults .said").textContent(), "faults now: flip (0) to the client");
    });
  });

  it("pauses, steps, replays and comes back to the present", async () => {
    const { page: url, say } = await upperCase();
    await say("hello");
    await open(url, {}, async (page) => {
      const count = (text) => page.locator("#count").getByText(text, { exact: true }).waitFor();
      await count("3 of 3");
      await page.click("#pause");
      await say("feng");
      await count("3 of 5, 2 waiting");
      assert.equal(await rows(page).count(), 3);
      await page.click("#step");
      await count("4 of 5, 1 waiting");
      await page.locator("#spoken").getByText(/client to server.*"feng"$/).waitFor();
      await page.selectOption("#speed", "fast");
      await page.click("#replay");
      await count("5 of 5");
      await page.locator("#position").fill("2");
      await count("2 of 5, 3 waiting");
      assert.deepEqual(await texts(page, ".row .text"), ["hello"]);
      await page.click("#end");
      await say("x");
      await count("7 of 7");
    });
  });

  it("shows the session so far after a reload, and the same to two viewers", async () => {
    const { page: url, say } = await upperCase("--flip", "0", "--server-to-client");
    await say("hello");
    await open(url, {}, async (page, context) => {
      await rows(page).nth(3).waitFor();
      const seen = await texts(page, ".row .lane");
      await page.reload();
      await rows(page).nth(3).waitFor();
      assert.deepEqual(await texts(page, ".row .lane"), seen);
      const second = await context.newPage();
      await second.goto(url);
      await rows(second).nth(3).waitFor();
      assert.deepEqual(await texts(second, ".row .lane"), seen);
      const flip = (page) => page.getByRole("switch", { name: "flip, to the client" });
      assert.equal(await flip(second).isChecked(), true);
      await flip(second).uncheck();
      await page.locator(".row.faults").waitFor();
      assert.equal(await flip(page).isChecked(), false);
      assert.equal(await say("feng"), "FENG");
      for (const one of [page, second]) await rows(one).nth(6).waitFor();
    });
  });

  it("keeps only what can be seen of 10 000 events in the document", async () => {
    const server = await serve("sticky-packet-server");
    server.end(); // it reads without waiting for Enter
    const tapped = await tap("--to", server.address, "--split", "1", "--quiet");
    const client = start("sticky-packet-client", "--repeat", "10000", tapped.address, "x");
    await open(tapped.page, {}, async (page) => {
      await client.ended;
      const count = page.locator("#count").getByText(/^(100\d\d) of \1$/);
      await count.waitFor();
      const total = Number((await count.textContent()).split(" ")[0]);
      const there = () =>
        page.evaluate(() => ({
          nodes: document.querySelectorAll("*").length,
          rows: document.querySelectorAll(".row").length,
          last: Math.max(...[...document.querySelectorAll(".row")].map((row) => row.ariaPosInSet)),
        }));
      const end = await there();
      assert.equal(end.last, total);
      await page.focus("#list");
      for (let part = 0; part <= 10; part++) {
        await page.evaluate((part) => (list.scrollTop = (list.scrollHeight * part) / 10), part);
        await page.evaluate(() => new Promise(requestAnimationFrame));
        const { nodes, rows } = await there();
        assert.ok(rows > 4 && rows < 40 && nodes < 1000, `${rows} rows, ${nodes} elements`);
      }
      await page.keyboard.press("Home");
      assert.match(await page.locator("#list [aria-selected=true]").textContent(), /connected/);
      await page.keyboard.press("End");
      assert.match(await page.locator("#list [aria-selected=true]").textContent(), /end of file/);
    });
  });

  it("speaks of events a little at a time", async () => {
    const { page: url, address, say } = await upperCase();
    await open(url, {}, async (page) => {
      await page.clock.install({ time: 0 });
      await page.reload();
      const spoken = page.locator("#spoken");
      assert.equal(await spoken.getAttribute("aria-live"), "polite");
      await spoken.getByText("connected").waitFor();
      await page.clock.pauseAt(3_600_000);
      await say("a");
      await spoken.getByText(/^Connection 1: client to server.*"a"/).waitFor();
      for (const text of ["b", "c", "d"]) await say(text);
      start("comm-loop-client", address);
      await page.locator("#connection option[value='2']").waitFor({ state: "attached" });
      // The first was said at once, all others are together when there is time again.
      assert.match(await spoken.textContent(), /^Connection 1: client to server.*"a"/);
      await page.clock.runFor(1500);
      assert.match(await spoken.textContent(), /^\d events, the last: Connection 2: connected/);
    });
  });

  it("moves only for those who want it", async () => {
    const { page: url, say } = await upperCase();
    for (const [motion, moves] of [["no-preference", true], ["reduce", false]]) {
      await open(url, { motion }, async (page) => {
        await page.locator(".row").first().waitFor();
        await say("hello");
        const place = page.locator(".row.new .place").last();
        await place.waitFor();
        const name = await place.evaluate((element) => getComputedStyle(element).animationName);
        assert.equal(name !== "none", moves);
      });
    }
  });

  it("speaks Chinese to a Chinese browser, and on demand", async () => {
    const { page: url, say } = await upperCase();
    await say("你好");
    await open(url, { locale: "zh-CN" }, async (page) => {
      await rows(page).nth(2).waitFor();
      assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
      const heard = async () =>
        (await page.evaluate(() => {
          const named = [...document.querySelectorAll("[aria-label]")].map((one) => one.ariaLabel);
          return document.body.innerText + named.join("\n");
        })).replace(/wiretap|English|127\.0\.0\.1:\d+|\\xNN|UTF-8|WIRETAP/g, "");
      const foreign = /[a-z]{3,}|undefined/i;
      assert.doesNotMatch(await heard(), foreign);
      await page.locator(".row.arrived").first().click();
      await page.locator("#help summary").click();
      assert.doesNotMatch(await heard(), foreign);
      assert.match(await page.locator("#bytes-title").textContent(), /^连接 1：客户端到服务端，偏移 0，6 字节，读到，原样转发$/);
      await shoot(page, "chinese");
      await page.click("#language");
      assert.match(await page.locator("#bytes-title").textContent(), /^Connection 1: client to server/);
      await page.reload();
      assert.equal(await page.locator("html").getAttribute("lang"), "en");
    });
  });

  for (const scheme of ["light", "dark"]) {
    for (const size of sizes) {
      it(`is readable by everybody, ${scheme}, ${size.width} px`, async () => {
        const { page: url, say } = await upperCase("--split", "2", "--server-to-client");
        await open(url, { scheme, size }, async (page) => {
          assert.deepEqual(await findings(page), []);
          await say("hello");
          await say("a longer line, which does not fit into a block of a telephone or of a projector");
          await page.locator(".row.sent").nth(2).waitFor();
          await page.locator(".row.sent").first().click();
          await page.locator(".strip .cell").nth(1).hover();
          await page.evaluate(() => {
            for (const details of document.querySelectorAll("details")) details.open = true;
          });
          await page.getByRole("switch", { name: "delay, to the server" }).check();
          await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished)));
          assert.deepEqual(await findings(page), []);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= size.width, `${wide} px`);
          await shoot(page, `${size.width}-${scheme}`);
        });
      });
    }
  }

  it("can be switched between dark and light, and remembers it", async () => {
    const { page: url } = await upperCase();
    await open(url, { scheme: "light" }, async (page) => {
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await background();
      await page.click("#theme");
      const dark = await background();
      assert.notEqual(dark, light);
      await page.reload();
      await page.waitForFunction(() => document.querySelector("#theme").textContent === "Light");
      assert.equal(await background(), dark);
    });
  });

  it("says when wiretap has gone, and begins anew with the next one", async () => {
    const { page: url, say, kill, ended } = await upperCase();
    await say("hello");
    await open(url, { breaks: true }, async (page) => {
      await rows(page).nth(2).waitFor();
      kill();
      await page.locator("#broken").getByText("wiretap does not answer").waitFor();
      await ended;
      const next = await tap("--to", "127.0.0.1:1", "--web", new URL(url).host);
      await page.locator("#where").getByText(next.address).waitFor();
      assert.equal(await rows(page).count(), 0);
      assert.equal(await page.locator("#broken").textContent(), "");
    });
  });

  it("keeps as many events as the tap does, and counts those that it drops", async () => {
    const { page: url } = await upperCase();
    await open(url, {}, async (page) => {
      const kept = await page.evaluate(async () => {
        const { Session } = await import("/session.js");
        const session = new Session({ kept: 20, faults: [{}, {}], transport: "tcp" });
        const event = (at) => ({
          at,
          connection: 1,
          event: "arrived",
          direction: "client-to-server",
          offset: at,
          size: 1,
          bytes: "78",
          onward: "as-they-came",
        });
        for (let at = 0; at < 100; at++) session.add([event(at)]);
        const { arrived } = session.stream(1, "client-to-server");
        const [first] = session.events;
        return { first: first.at, read: first.read, dropped: session.dropped, same: arrived[0] === first };
      });
      assert.deepEqual(kept, { first: 78, read: 79, dropped: 78, same: true });
    });
  });

  it("shows datagrams by their number", async () => {
    const tapped = await tap("--udp", "--drop", "2", "--to", "127.0.0.1:9");
    await open(tapped.page, {}, async (page) => {
      const [host, port] = tapped.address.split(":");
      const socket = createSocket("udp4");
      for (const text of ["one", "two", "three"]) {
        await new Promise((sent) => socket.send(text, port, host, sent));
      }
      socket.close();
      await page.locator(".row.arrived").nth(2).waitFor();
      assert.deepEqual(await texts(page, ".row.arrived .message"), ["1", "2", "3"]);
      assert.deepEqual(await texts(page, ".row.arrived .note"), ["✕ not sent on"]);
      assert.match(await page.locator(".row.arrived .only-heard").nth(1).textContent(), /datagram 2.*not sent on/);
      await page.locator(".row.arrived").nth(2).click();
      await page.getByLabel("drop, value").fill("5, 6");
      await page.getByRole("switch", { name: "drop, to the server" }).click();
      await page.getByRole("switch", { name: "drop, to the server" }).click();
      await page.locator(".row.faults").nth(1).waitFor();
      assert.deepEqual(await findings(page), []);
      await shoot(page, "datagrams");
    });
  });

  it("shows a record", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wiretap-"));
    try {
      const file = join(folder, "session.jsonl");
      const { say, client, ...tapped } = await upperCase("--record", file);
      await say("hello");
      client.end();
      await client.ended;
      for (let line = ""; !line.endsWith(", closed"); ) line = await tapped.line(); // not half
      tapped.kill();
      await tapped.ended;
      const { page: url } = await tap("--replay", file);
      await open(url, {}, async (page) => {
        await page.locator("#count").getByText("5 of 5").waitFor();
        assert.deepEqual(await texts(page, ".row .text"), ["hello", "HELLO"]);
        assert.equal(await page.getByRole("switch").count(), 0);
        assert.match(await page.locator("#switches").textContent(), /This is a record/);
        assert.deepEqual(await findings(page), []);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
