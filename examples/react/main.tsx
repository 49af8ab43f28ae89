import { createCellarhand } from '@cellarhand/client'
import { createGuest } from '@cellarhand/client/guest'
import { CellarhandProvider, useConnection, useHold, useOffer } from '@cellarhand/client/react'
import { createRoot } from 'react-dom/client'

// Of the page's own origin, as a guest; `{ url: 'https://…' }` where the cellar is elsewhere.
const client = createCellarhand({ getToken: createGuest() })
const skus = ['MUSAR-RED-2018-75', 'MUSAR-RED-2018-150', 'TRIMBACH-CFE-2017-75']

function Bottle({ sku }: { sku: string }) {
  const { data: offer, status } = useOffer(sku)
  const { hold, pending, refused, place, extend, release } = useHold(sku)
  if (!offer) return <li>{`${sku}: ${status === 'live' ? 'not offered' : status}`}</li>
  return (
    <li data-sku={sku} style={{ opacity: status === 'live' ? 1 : 0.5 }}>
      {`${sku}: ${offer.available} at ${offer.price.amountMinor / 100} ${offer.price.currency} `}
      {hold && <output>{`held: ${hold.quantity}, for ${Math.ceil(hold.remainingMs / 1000)} s `}</output>}
      {!hold && <button disabled={pending} onClick={() => void place(1, 60)} children="Hold one" />}
      {hold && <button disabled={pending} onClick={() => void extend(120)} children="A little longer" />}
      {hold && <button disabled={pending} onClick={() => void release()} children="Put it back" />}
      {refused && <strong role="alert">{refused.detail}</strong>}
    </li>
  )
}

function Shelf() {
  const { state, way, reconnect } = useConnection()
  const bottles = skus.map((sku) => <Bottle key={sku} sku={sku} />)
  return (
    <>
      <p>{`The line is ${state} ${way} `}</p>
      {state === 'ended' && <button onClick={reconnect} children="Try again" />}
      <ul>{bottles}</ul>
    </>
  )
}

const root = document.getElementById('root')
if (root) createRoot(root).render(<CellarhandProvider client={client} children={<Shelf />} />)
