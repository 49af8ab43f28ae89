/** The style of the pages on which one signs in: the palette of the storefront, one column, nothing that moves. */
export const accountStyle = `:root {
  color-scheme: light dark;
  --paper: light-dark(#fbf8f3, #14100f);
  --raised: light-dark(#fffdf9, #1d1817);
  --ink: light-dark(#1c1517, #f2ece4);
  --muted: light-dark(#5e5254, #b5a9a0);
  --accent: light-dark(#6b1528, #e58a97);
  --on-accent: light-dark(#fbf8f3, #14100f);
  --out: light-dark(#b3261e, #ff8a80);
  --rule: light-dark(#e4dcd0, #352c29);
  --control: light-dark(#8a7d78, #857870);
  --focus: light-dark(#1f4e79, #9cc9f2);
  --display: 'Cormorant Garamond Variable', 'Iowan Old Style', 'Palatino Linotype', Palatino, Georgia, serif;
  --text: 'Instrument Sans Variable', system-ui, -apple-system, 'Segoe UI', sans-serif;
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 16px/1.5 var(--text); text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 440px; padding: 24px 16px 64px; overflow-wrap: break-word; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
header { padding-bottom: 16px; border-bottom: 1px solid var(--rule); }
header a { color: var(--accent); font: 600 32px/40px var(--display); text-decoration: none; }
h1 { margin: 40px 0 8px; font: 500 32px/1.15 var(--display); text-wrap: balance; }
p { margin: 8px 0; }
main a { color: var(--accent); text-underline-offset: 4px; }
.quiet { color: var(--muted); }
form { display: grid; gap: 20px; margin: 24px 0; }
label { display: block; font-weight: 600; }
input { width: 100%; min-height: 44px; margin-top: 4px; padding: 4px 12px; border: 1px solid var(--control); border-radius: 3px; background: var(--raised); color: var(--ink); font: inherit; }
input[aria-invalid='true'] { border: 2px solid var(--out); }
.note { margin: 4px 0 0; color: var(--muted); font-size: 14px; }
.wrong { margin: 4px 0 0; color: var(--out); font-size: 15px; }
.alert { margin: 24px 0 0; padding: 12px 14px; border: 1px solid var(--out); border-radius: 3px; background: var(--raised); }
button { justify-self: start; min-height: 44px; padding: 4px 24px; border: 1px solid var(--accent); border-radius: 3px; background: var(--accent); color: var(--on-accent); font: 600 16px/1.5 var(--text); cursor: pointer; }
button:hover { background: color-mix(in oklab, var(--accent) 86%, var(--ink)); }
.choices { display: flex; flex-wrap: wrap; gap: 12px; }
button.second { border-color: var(--control); background: var(--raised); color: var(--ink); font-weight: 400; }
button.second:hover { background: var(--rule); }
.next { margin-top: 32px; padding-top: 16px; border-top: 1px solid var(--rule); }
@media (min-width: 640px) { body { padding-top: 64px; } }
`
