/** The looks of the reference page, by day and by night. */
export const DOCS_STYLE = `
:root {
  --ground: #fff; --ink: #1c2330; --soft: #5a6577; --line: #dfe4ec; --panel: #f5f7fa;
  --link: #0b57c4; --good: #12703c; --bad: #b3261e; --get: #12703c; --post: #8a4600;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161d; --ink: #e3e8f0; --soft: #9aa6b8; --line: #2b3340; --panel: #1a202a;
    --link: #82b4ff; --good: #6fd69a; --bad: #ff9a91; --get: #6fd69a; --post: #f0b66a;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
nav { padding: 1rem 1.5rem; background: var(--panel); border-bottom: 1px solid var(--line); font-size: 0.875rem; }
nav .title { margin: 0 0 0.5rem; font-size: 1.125rem; font-weight: 700; }
nav h2 { margin: 1rem 0 0.25rem; border: 0; padding: 0; color: var(--soft); font-size: 0.75rem; text-transform: uppercase; letter-spacing: 0.06em; }
nav ul { margin: 0; padding: 0; list-style: none; }
nav li a { display: block; padding: 0.15rem 0; color: var(--ink); overflow-wrap: anywhere; }
main { max-width: 56rem; padding: 1.5rem; }
h1 { margin: 0 0 0.5rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 1rem; padding-bottom: 0.25rem; border-bottom: 1px solid var(--line); }
h3 { margin: 0 0 0.5rem; font-size: 1.125rem; overflow-wrap: anywhere; }
h4 { margin: 1.25rem 0 0.25rem; color: var(--soft); font-size: 0.8rem; text-transform: uppercase; letter-spacing: 0.06em; }
p { margin: 0.5rem 0; }
section { margin: 0 0 2rem; padding: 1.25rem; border: 1px solid var(--line); border-radius: 0.5rem; }
section:target { border-color: var(--link); }
.summary { font-weight: 600; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.875em; }
pre { margin: 0.25rem 0 0.75rem; padding: 0.75rem; background: var(--panel); border: 1px solid var(--line); border-radius: 0.375rem; overflow-x: auto; }
pre code { font-size: 0.8125rem; }
.curl { white-space: pre-wrap; overflow-wrap: anywhere; }
.method { display: inline-block; min-width: 3.2em; font: 700 0.8em ui-monospace, Menlo, Consolas, monospace; }
.method.get { color: var(--get); }
.method.post { color: var(--post); }
.status { display: inline-block; min-width: 2.5rem; font-weight: 700; }
.status.good { color: var(--good); }
.status.bad { color: var(--bad); }
.required { color: var(--bad); font-size: 0.75rem; }
figure { margin: 0; }
figcaption { color: var(--soft); font-size: 0.8125rem; }
table { display: block; width: 100%; margin: 0.5rem 0; border-collapse: collapse; font-size: 0.875rem; overflow-x: auto; }
th, td { padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
td:first-child { white-space: nowrap; }
details { border-top: 1px solid var(--line); padding: 0.35rem 0; }
details > summary { cursor: pointer; overflow-wrap: anywhere; }
details[open] > summary { margin-bottom: 0.5rem; }
@media (min-width: 60rem) {
  body { display: grid; grid-template-columns: 18rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-right: 1px solid var(--line); border-bottom: 0; }
  main { padding: 2rem 2.5rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print { nav { display: none; } section { break-inside: avoid; } }
`;
