import type { Session } from '@cellarhand/protocol/access'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { read } from '../shell/http.ts'

/** Who reads this page, as the server sees them. It changes by signing in or out, which load the page anew. */
const whoQuery = queryOptions({
  queryKey: ['who'],
  queryFn: ({ signal }) => read<Session>('/v1/session', signal),
  staleTime: Number.POSITIVE_INFINITY,
})

/** undefined: not heard yet. */
export function useWho(): Session | undefined {
  return useQuery(whoQuery).data
}
