// A sign-in by an identity provider leaves the page and comes back. What is kept meanwhile ends with the tab.

const key = 'heliograph.social'

/** Where the provider sends people back to. */
export const socialCallback = () => new URL('/sign-in/callback', location.href).href

export const keepFlow = (flowToken: string) => sessionStorage.setItem(key, flowToken)
export const keptFlow = () => sessionStorage.getItem(key)
export const dropFlow = () => sessionStorage.removeItem(key)
