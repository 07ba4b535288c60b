import type { KeyStore } from './key-store.ts'

const storeName = 'entries'

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** The browser's own store, one for each account. Nothing of it leaves the browser. */
export async function openIndexedDb(userId: string): Promise<KeyStore> {
  const opening = indexedDB.open(`heliograph.keys.${userId}`, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(storeName)
  const database = await answer(opening)
  const reading = () => database.transaction(storeName, 'readonly').objectStore(storeName)
  return {
    get: <V>(key: string) => answer<V | undefined>(reading().get(key)),
    async list<V>(prefix: string) {
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
      const rows = reading()
      const [keys, values] = await Promise.all([answer(rows.getAllKeys(range)), answer(rows.getAll(range))])
      return keys.map((key, i) => [String(key), values[i] as V])
    },
    write: (changes) =>
      new Promise((resolve, reject) => {
        const transaction = database.transaction(storeName, 'readwrite', { durability: 'strict' })
        const rows = transaction.objectStore(storeName)
        for (const [key, value] of Object.entries(changes)) {
          if (value === undefined) rows.delete(key)
          else rows.put(value, key)
        }
        transaction.oncomplete = () => resolve()
        transaction.onabort = () => reject(transaction.error)
      }),
  }
}
