import type { ChannelState, SettingsState } from '../log/changes.ts'
import { must } from '../platform/must.ts'
import { SetupError } from '../platform/setup-error.ts'
import type { FittedMapping } from './columns.ts'
import type { ChannelRule, Mapping, PriceRule } from './mapping.ts'
import type { PriceColumn } from './row.ts'

/** Columns of prices with their channels settled, and channels that have to be made first. */
export interface PricePlan {
  readonly columns: readonly PriceColumn[]
  readonly create: readonly ChannelState[]
}

/**
 * Finds the channel of each column of prices, in the settings or as the mapping defines it.
 *
 * @throws SetupError where a channel is neither, or sells in another currency than the file's
 */
export function planPrices(mapping: Mapping, fitted: FittedMapping, settings: SettingsState): PricePlan {
  const create: ChannelState[] = []
  const columns = fitted.prices.map(({ index, column, channel, rule }): PriceColumn => {
    const there = [...settings.channels, ...create].find(({ id }) => id === channel)
    const state = there ?? channelOf(mapping, channel, column, settings)
    if (there === undefined) create.push(state)
    return { index, column, channel, ...termsOf(rule, column, state) }
  })
  return { columns, create }
}

function termsOf(
  rule: PriceRule,
  column: string,
  channel: ChannelState,
): Pick<PriceColumn, 'currency' | 'taxIncluded' | 'dutyIncluded'> {
  if (rule.currency !== undefined && rule.currency !== channel.currency) {
    throw new SetupError(
      `The prices in "${column}" are in ${rule.currency}, and the channel ${channel.id} sells in ${channel.currency}: name a channel that sells in ${rule.currency} with --channel.`,
    )
  }
  const isDutyPaid = channel.duty === 'paid'
  return {
    currency: channel.currency,
    taxIncluded: rule.taxIncluded ?? isDutyPaid,
    dutyIncluded: rule.dutyIncluded ?? isDutyPaid,
  }
}

function channelOf(mapping: Mapping, channel: string, column: string, settings: SettingsState): ChannelState {
  const rule = mapping.channels.find(({ id }) => id === channel)
  if (rule !== undefined) return newChannel(rule, settings)
  const known = settings.channels.map(({ id }) => id).join(', ') || 'none yet'
  throw new SetupError(
    `The prices in "${column}" are for the channel ${channel}, which is not there (there are: ${known}). Make it first, or rename the column.`,
  )
}

/** The channel sells from where the one it is modelled on does; where that is not there, from every location of its duty status. */
function newChannel(rule: ChannelRule, settings: SettingsState): ChannelState {
  const { locationsOf, ...state } = rule
  const model = settings.channels.find(({ id }) => id === locationsOf)
  const locations = model?.locations ?? settings.locations.filter(({ duty }) => duty === rule.duty).map(({ id }) => id)
  if (locations.length === 0) {
    throw new SetupError(
      `The channel ${rule.id} cannot be made, as there is no location that it could sell from: make one first.`,
    )
  }
  return { ...state, locations }
}

/** What a report says of a channel that was made. */
export function channelNote(channel: ChannelState, dryRun: boolean): string {
  const { id, name, currency, locations } = channel
  const where = locations.join(', ')
  must(where, 'a channel has locations')
  return `The channel ${id} (${name}, ${currency}, sells from ${where}) ${dryRun ? 'would be' : 'was'} created.`
}
