// A browser without a window, and what it complains of.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Starts Chromium; CHROMIUM=/path/to/chromium names another browser. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A list that grows with whatever goes wrong in a page that may only ask `site`. */
export function complaintsOf(page, site) {
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    // Whoever follows a link does not wait for the icon of the page before.
    const why = request.failure()?.errorText;
    if (why !== "net::ERR_ABORTED") complaints.push(`${why}: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(site) && !request.url().startsWith("data:"))
      complaints.push(`asks somebody else: ${request.url()}`);
  });
  return complaints;
}

/** What axe-core calls serious or critical, by these rules or all. */
export async function violations(page, rules) {
  return (await findings(page, rules)).filter(({ impact }) =>
    ["serious", "critical"].includes(impact),
  );
}

/** Whatever axe-core finds, by these rules or all. */
export async function findings(page, rules) {
  await page.evaluate(axe);
  return await page.evaluate(async (runOnly) => {
    const { violations } = await window.axe.run(document, runOnly ? { runOnly } : {});
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      where: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html}\n${failureSummary}`),
    }));
  }, rules);
}
