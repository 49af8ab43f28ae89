import { useState } from 'react'

type Theme = 'light' | 'dark'

/** Where `theme.js` finds the choice before the first paint. */
const THEME_KEY = 'cellarhand.theme'

/** Goes from the theme that shows to the other, and remembers it. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(themeNow)
  const other: Theme = theme === 'dark' ? 'light' : 'dark'
  const change = () => {
    document.documentElement.dataset['theme'] = other
    setTheme(other)
    try {
      localStorage.setItem(THEME_KEY, other)
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }
  return (
    <button
      type="button"
      className="button icon"
      aria-label={`Use the ${other} theme`}
      title={`Use the ${other} theme`}
      onClick={change}
    >
      <svg aria-hidden="true" viewBox="0 0 20 20" className="h-5 w-5">
        <circle cx="10" cy="10" r="6.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" />
      </svg>
    </button>
  )
}

function themeNow(): Theme {
  const chosen = document.documentElement.dataset['theme']
  if (chosen === 'light' || chosen === 'dark') return chosen
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}
