// Renders the Mermaid sources of this folder (*.mmd) to SVG pictures beside them.
//
//   npx --yes --package mermaid@11 --package @mermaid-js/layout-elk --package playwright-core -- node diagrams/render.mjs
//
// Mermaid draws in a browser. None is downloaded: the one that CHROMIUM names is used (/usr/bin/chromium where it is
// unset), and no project dependency is needed, because npx puts these packages into a folder of its own.
// Each picture carries the SHA-256 of its source, by which a test sees that it is not out of date.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
// Verdana and DejaVu Sans are equally wide: text that was measured in one fits where the other is shown.
const FONT = 'Verdana, "DejaVu Sans", sans-serif';
const MARGIN = 16;
const ORIGIN = 'http://diagrams.invalid';

const MERMAID_CONFIG = {
  startOnLoad: false,
  deterministicIds: true,
  handDrawnSeed: 1,
  // HTML inside an SVG is not shown where the picture stands in an <img>, as in a README.
  htmlLabels: false,
  flowchart: {
    htmlLabels: false,
    curve: 'basis',
    nodeSpacing: 22,
    rankSpacing: 90,
    subGraphTitleMargin: { top: 6, bottom: 14 },
  },
  elk: { cycleBreakingStrategy: 'MODEL_ORDER', considerModelOrder: 'NODES_AND_EDGES' },
  sequence: { mirrorActors: true, messageMargin: 30, noteMargin: 8 },
  fontFamily: FONT,
  themeCSS: '.edgeLabel .background, .edgeLabel rect { fill: #ffffff; opacity: 0.9; }',
  theme: 'base',
  themeVariables: {
    fontFamily: FONT,
    fontSize: '14px',
    primaryColor: '#e8f0fa',
    primaryBorderColor: '#3b6ea5',
    primaryTextColor: '#1b2733',
    lineColor: '#4a5b6c',
    textColor: '#1b2733',
    noteBkgColor: '#fff7e0',
    noteBorderColor: '#c9a437',
    noteTextColor: '#3d3213',
    clusterBkg: '#f7f9fb',
    clusterBorder: '#9fb0c0',
    edgeLabelBackground: '#ffffff',
  },
};

const { chromium } = requireFromPath('playwright-core');
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
});
try {
  const page = await openPage(browser);
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.mmd'))) {
    const source = readFileSync(join(FOLDER, file), 'utf8');
    const svg = await page.evaluate(draw, {
      name: file.replace('.mmd', ''),
      text: joinParallelArrows(source),
      margin: MARGIN,
    });
    const digest = createHash('sha256').update(source).digest('hex');
    writeFileSync(join(FOLDER, file.replace('.mmd', '.svg')), `<!-- source-sha256: ${digest} -->\n${svg}\n`);
    process.stdout.write(`${file} is rendered.\n`);
  }
} finally {
  await browser.close();
}

// A page whose origin is answered from the packages' files alone: modules are not loaded from file: addresses.
async function openPage(browser) {
  const page = await browser.newPage();
  await page.route(`${ORIGIN}/**`, (route) => {
    const path = new URL(route.request().url()).pathname;
    if (path === '/')
      return route.fulfill({ contentType: 'text/html', body: '<!doctype html><body></body>' });
    return route.fulfill({ contentType: 'text/javascript', body: readFileSync(fileOf(path)) });
  });
  await page.goto(ORIGIN);
  await page.addScriptTag({ url: `${ORIGIN}/mermaid/dist/mermaid.min.js` });
  await page.evaluate(load, MERMAID_CONFIG);
  return page;
}

// Runs in the browser. The ELK layout leads arrows around states and labels, where the built-in one crosses them.
async function load(config) {
  const elk = await import('/@mermaid-js/layout-elk/dist/mermaid-layout-elk.esm.min.mjs');
  globalThis.mermaid.registerLayoutLoaders(elk.default);
  globalThis.mermaid.initialize(config);
}

// Runs in the browser. Answers the picture on a white ground, so that it can be read on a dark page too.
async function draw({ name, text, margin }) {
  const { svg } = await globalThis.mermaid.render(name, text);
  globalThis.document.body.innerHTML = svg;
  const root = globalThis.document.body.querySelector('svg');
  const box = drawnBox(root).map((side, index) => Math.round(side + (index < 2 ? -margin : 2 * margin)));
  root.setAttribute('viewBox', box.join(' '));
  root.setAttribute('width', box[2]);
  root.setAttribute('height', box[3]);
  root.removeAttribute('style');
  const ground = globalThis.document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  const sides = { x: box[0], y: box[1], width: box[2], height: box[3], rx: 8, fill: '#ffffff' };
  for (const [key, value] of Object.entries(sides)) ground.setAttribute(key, value);
  root.prepend(ground);
  return new globalThis.XMLSerializer().serializeToString(root);

  // What is really drawn: Mermaid's own box is larger where it has left room for labels.
  function drawnBox(picture) {
    const origin = picture.getScreenCTM();
    const shapes = [...picture.querySelectorAll('path, rect, circle, line, polygon, text')];
    const boxes = shapes
      .filter((shape) => shape.closest('defs, marker') === null)
      .map((shape) => shape.getBoundingClientRect());
    const seen = boxes.filter((box) => box.width > 1 || box.height > 1);
    const left = Math.min(...seen.map((box) => box.left));
    const top = Math.min(...seen.map((box) => box.top));
    const right = Math.max(...seen.map((box) => box.right));
    const bottom = Math.max(...seen.map((box) => box.bottom));
    return [
      (left - origin.e) / origin.a,
      (top - origin.f) / origin.d,
      (right - left) / origin.a,
      (bottom - top) / origin.d,
    ];
  }
}

// A state diagram's source has one arrow a line; arrows that run side by side are drawn as one with all their labels.
function joinParallelArrows(source) {
  const labels = new Map();
  const lines = source.split('\n').map((line) => {
    const [, ends, event] = /^\s*(\w+ --> \w+): (\w+)$/.exec(line) ?? [];
    if (ends === undefined) return line;
    const isFirst = !labels.has(ends);
    labels.set(ends, [...(labels.get(ends) ?? []), event]);
    return isFirst ? { ends } : '';
  });
  return lines.map((line) => (typeof line === 'string' ? line : arrow(line.ends, labels))).join('\n');
}

function arrow(ends, labels) {
  return `${ends}: ${labels.get(ends).join('<br/>')}`;
}

function requireFromPath(name) {
  return createRequire(fileOf(`/${name}/package.json`))(name);
}

// npx puts the .bin folder of what it installed in front of PATH; the packages stand beside that folder.
function fileOf(path) {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((bin) => normalize(join(bin, '..', path)));
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file !== undefined) return file;
  throw new Error(`${path} is not there; see how to run this at the head of diagrams/render.mjs`);
}
