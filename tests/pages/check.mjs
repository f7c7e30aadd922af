// Opens pages in headless Chromium and checks each, light and dark, wide and narrow: no violation that axe-core finds, no line wider than
// the window, nothing fetched from anywhere, no script needed. `node check.mjs CHROMIUM FOLDER_FOR_PICTURES PAGE...`

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [chromium, pictures, ...pages] = process.argv.slice(2);
if (!pages.length) throw new Error("name at least one page");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await puppeteer.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function look(path, scheme, width) {
  const page = await browser.newPage();
  const outside = [];
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) outside.push(request.url());
  });
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(pathToFileURL(path).href, { waitUntil: "load" });
  const faults = outside.map((url) => `fetches ${url}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) faults.push(`is ${wide} pixels wider than a window of ${width}`);
  // The page's own policy keeps scripts out; the checker's runs in spite of it.
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, impact, help, nodes } of found.violations) {
    faults.push(`${id} (${impact}): ${help}: ${nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
  }
  const name = `${basename(dirname(path))}-${basename(path, ".html")}-${scheme}-${width}.png`;
  await page.screenshot({ path: join(pictures, name), fullPage: true });
  await page.close();
  return { faults, passes: found.passes.length };
}

let failed = 0;
let passed = 0;
for (const path of pages) {
  for (const scheme of ["light", "dark"]) {
    for (const width of [1200, 420]) {
      const { faults, passes } = await look(path, scheme, width);
      // A page on which the checker had nothing to say was not checked.
      if (!passes) faults.push("axe-core looked at nothing");
      for (const fault of faults) console.error(`${path} (${scheme}, ${width}): ${fault}`);
      if (faults.length) failed += 1; else passed += 1;
    }
  }
}
await browser.close();
console.log(`pages: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
