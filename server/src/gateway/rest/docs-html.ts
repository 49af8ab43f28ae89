/** Text that is HTML already: everything else is escaped on its way into a page. */
export interface Html {
  readonly html: string
}

type Piece = string | number | Html | readonly Html[] | undefined

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text as it may stand between tags and in quoted attributes. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** HTML from a template: what is put in is escaped, unless it is HTML; lists are joined; undefined is nothing. */
export function html(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return { html: texts.map((text, index) => text + pieceOf(pieces[index])).join('') }
}

function pieceOf(piece: Piece): string {
  if (piece === undefined) return ''
  if (typeof piece === 'string' || typeof piece === 'number') return escaped(String(piece))
  return 'html' in piece ? piece.html : piece.map((one) => one.html).join('\n')
}

/** A sentence in which code stands between backticks, as descriptions are written. */
export function prose(text: string): Html {
  return { html: escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>') }
}

/** Something to copy: one click selects all of it, since the page has no script. */
export function copyable(text: string, label: string): Html {
  return html`<pre class="copy" tabindex="0" aria-label="${label}"><code>${text}</code></pre>`
}
