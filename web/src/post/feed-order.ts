import { useState } from 'react'
import type { FeedOrder } from '../operations.gen.ts'

/** The orders of the home feed, and what they are called. */
export const feedOrders: readonly { value: FeedOrder; label: string }[] = [
  { value: 'RANKED', label: 'For you' },
  { value: 'CHRONOLOGICAL', label: 'Following' },
  { value: 'FAVORITES', label: 'Favourites' },
]

const storageKey = 'heliograph.feed-order'

/** The order that was chosen on this device, whose storage may be closed or hold anything. */
function kept(): FeedOrder {
  try {
    const name = localStorage.getItem(storageKey)
    return feedOrders.find(({ value }) => value === name)?.value ?? 'RANKED'
  } catch {
    return 'RANKED'
  }
}

/** The order of the home feed, and how another is chosen: it stays chosen on this device. */
export function useFeedOrder(): [FeedOrder, (order: FeedOrder) => void] {
  const [order, setOrder] = useState(kept)
  const choose = (next: FeedOrder) => {
    setOrder(next)
    try {
      localStorage.setItem(storageKey, next)
    } catch {
      // It holds until the page is left.
    }
  }
  return [order, choose]
}
