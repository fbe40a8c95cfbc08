// Builds both books, for the tests that open them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { it } from "node:test";
import { fileURLToPath } from "node:url";

it("both books build without warnings", () => {
  const script = fileURLToPath(new URL("../../scripts/book", import.meta.url));
  const { status, stdout, stderr } = spawnSync(script, { encoding: "utf8" });
  const output = stdout + stderr;
  assert.equal(status, 0, output);
  assert.match(output, /HTML book written/);
  const complaints = output.split("\n").filter((line) => /\b(WARN|ERROR|warning|error)\b/.test(line));
  assert.deepEqual(complaints, []);
});
