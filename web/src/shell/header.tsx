import { brand } from '@cellarhand/protocol/brand'
import { AccountLater } from '../account/account-later.tsx'
import { LiveState } from '../feed/live-state.tsx'
import type { LiveWords } from '../feed/live-words.ts'
import type { Channel } from '../search/queries.ts'
import { SearchField } from '../search/search-field.tsx'
import { inChannel } from '../search/search-state.ts'
import { changeSearch } from '../search/use-search.ts'
import { ThemeSwitch } from './theme-switch.tsx'

interface HeaderProps {
  readonly live: LiveWords
  readonly channels: readonly Channel[]
  readonly channel: string
}

/** The head of the page: name, live state, search, who reads it, where one buys, theme. */
export function Header({ live, channels, channel }: HeaderProps) {
  return (
    <header className="border-b border-rule">
      <div className="page-head">
        <h1 className="font-display min-w-35 text-[2rem] leading-10 font-semibold whitespace-nowrap text-accent">
          {brand.title}
        </h1>
        <LiveState words={live} />
        <SearchField />
        <AccountLater />
        <div className="page-tools">
          <ChannelSwitch channels={channels} channel={channel} />
          <ThemeSwitch />
        </div>
      </div>
    </header>
  )
}

function ChannelSwitch({ channels, channel }: Omit<HeaderProps, 'live'>) {
  const known = channels.some((one) => one.id === channel)
  return (
    <label className="flex min-w-0 items-center gap-2 text-sm text-muted">
      <span className="max-xl:sr-only whitespace-nowrap">Buying from</span>
      <select
        className="button w-36 min-w-0 truncate"
        value={channel}
        onChange={(event) => changeSearch((state) => inChannel(state, event.target.value))}
      >
        {!known && <option value={channel}>{channel}</option>}
        {channels.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  )
}
