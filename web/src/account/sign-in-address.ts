/** Where one signs in, and comes back from to what one was looking at. */
export const signInAddress = (): string =>
  `/session/sign-in?return=${encodeURIComponent(location.pathname + location.search)}`
