/** The style of the page of the API: the palette of the storefront, a measure to read by, nothing that moves. */
export const style = `:root {
  color-scheme: light dark;
  --paper: light-dark(#fbf8f3, #14100f);
  --ink: light-dark(#1c1517, #f2ece4);
  --muted: light-dark(#5e5254, #b5a9a0);
  --accent: light-dark(#6b1528, #e58a97);
  --brass: light-dark(#7a5a1e, #d9b46a);
  --in: light-dark(#2f6b4f, #7cc6a0);
  --low: light-dark(#9a4b00, #f0a95a);
  --out: light-dark(#b3261e, #ff8a80);
  --rule: light-dark(#e4dcd0, #352c29);
  --raised: light-dark(#fffdf9, #1d1817);
  --focus: light-dark(#1f4e79, #9cc9f2);
  --display: 'Cormorant Garamond Variable', 'Iowan Old Style', 'Palatino Linotype', Palatino, Georgia, serif;
  --text: 'Instrument Sans Variable', system-ui, -apple-system, 'Segoe UI', sans-serif;
  --code: 'Geist Mono Variable', ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 16px/1.55 var(--text); scroll-padding-top: 16px; text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 1200px; padding: 0 16px 96px; overflow-wrap: break-word; }
a { color: var(--accent); text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 16px; top: 8px; background: var(--paper); padding: 8px 16px; }
header { padding: 40px 0 24px; border-bottom: 1px solid var(--rule); }
h1, h2, h3 { font-family: var(--display); font-weight: 500; line-height: 1.15; margin: 0; text-wrap: balance; }
h1 { font-size: clamp(36px, 6vw, 52px); color: var(--accent); letter-spacing: -0.01em; }
h2 { font-size: 32px; margin: 64px 0 8px; padding-bottom: 8px; border-bottom: 1px solid var(--rule); }
h3 { font-size: 25px; margin: 0 0 4px; }
h3 a { color: inherit; text-decoration: none; }
h3 a:hover { text-decoration: underline; }
h4 { font: inherit; font-size: 14px; color: var(--muted); margin: 0; }
p, dl { margin: 12px 0; max-width: 68ch; }
.lead { font-size: 17px; color: var(--muted); }
.links { display: flex; flex-wrap: wrap; gap: 8px 24px; margin: 16px 0 0; padding: 0; list-style: none; }
.links a, nav a { display: inline-block; padding: 2px 0; }
code { font: 0.875em/1.4 var(--code); font-variant-ligatures: none; overflow-wrap: anywhere; }
nav { font-size: 15px; }
nav p { margin: 20px 0 4px; color: var(--brass); font-family: var(--display); font-size: 19px; }
nav div:first-child p { margin-top: 0; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { color: var(--ink); text-decoration: none; }
nav a:hover { color: var(--accent); text-decoration: underline; }
.contents-narrow { margin: 24px 0 0; border-bottom: 1px solid var(--rule); padding-bottom: 16px; }
.contents-wide { display: none; }
summary { cursor: pointer; padding: 4px 0; color: var(--muted); }
summary::marker { color: var(--brass); }
.contents-narrow summary { color: var(--ink); }
.contents-narrow nav { columns: 2; column-gap: 24px; margin-top: 12px; }
.contents-narrow nav div { break-inside: avoid; margin-bottom: 16px; }
.contents-narrow nav p { margin-top: 0; }
.operation { padding: 32px 0 40px; border-bottom: 1px solid var(--rule); scroll-margin-top: 8px; }
.operation:last-child { border-bottom: 0; }
.address { margin: 4px 0 12px; font-size: 15px; }
.method { font: 600 13px/1.4 var(--code); letter-spacing: 0.03em; color: var(--in); }
.method.post, .method.patch { color: var(--brass); }
.method.delete { color: var(--out); }
table { width: 100%; border-collapse: collapse; margin: 20px 0; font-size: 15px; }
caption { text-align: left; color: var(--muted); font-size: 14px; padding-bottom: 6px; }
thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
th, td { text-align: left; vertical-align: top; padding: 8px 0; border-top: 1px solid var(--rule); font-weight: 400; }
tbody th { width: 34%; padding-right: 16px; }
tr:target, .operation:target { background: var(--raised); }
/* Its words do not touch the edge of what was come for; phones have 16px beside it. */
.operation:target { box-shadow: 0 0 0 14px var(--raised); }
.depth-1 { padding-left: 16px; }
.depth-2 { padding-left: 32px; }
.depth-3 { padding-left: 48px; }
.depth-4, .depth-5, .depth-6 { padding-left: 64px; }
.must { display: block; color: var(--low); font-size: 13px; line-height: 1.3; }
.said { display: block; }
.type { display: block; color: var(--muted); font-size: 14px; }
#problems .said { display: inline; }
.status { color: var(--muted); font-variant-numeric: tabular-nums; }
pre { margin: 16px 0; padding: 12px 16px; border: 1px solid var(--rule); border-left: 2px solid var(--brass); border-radius: 2px; background: var(--raised); overflow-x: auto; white-space: pre; line-height: 1.5; tab-size: 2; }
pre code { font-size: 13px; overflow-wrap: normal; }
.copy { -webkit-user-select: all; user-select: all; }
details { margin: 8px 0; font-size: 15px; }
.answer { font-size: 15px; color: var(--muted); margin: 8px 0; }
.refusals { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; font-size: 14px; margin-top: 12px; }
.refusals ul { display: contents; list-style: none; }
.refusals li { list-style: none; white-space: nowrap; }
.refusals a { display: inline-block; padding: 2px 0; }
.frames { display: grid; grid-template-columns: max-content 1fr; gap: 8px 20px; }
.frames dd { margin: 0; }
footer { margin-top: 64px; padding-top: 16px; border-top: 1px solid var(--rule); color: var(--muted); font-size: 14px; }
@media (min-width: 960px) {
  .columns { display: grid; grid-template-columns: 232px minmax(0, 1fr); gap: 64px; }
  .contents-narrow { display: none; }
  .contents-wide { display: block; position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 40px 0; }
  h2 { scroll-margin-top: 24px; }
  main section:first-child h2 { margin-top: 40px; }
}
@media print {
  .contents-wide, .contents-narrow, .skip { display: none; }
  pre { white-space: pre-wrap; }
}
`
