// Which of a Redis Cluster's 16,384 slots a key lies in: a command, pipeline or script may only name keys of one
// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/).

/** The slot of a key: the CRC-16 (XMODEM) of what stands in its first braces, or of all of it. */
export function hashSlot(key: string): number {
  const open = key.indexOf('{')
  const close = open < 0 ? -1 : key.indexOf('}', open + 1)
  const hashed = close > open + 1 ? key.slice(open + 1, close) : key
  let crc = 0
  for (const byte of Buffer.from(hashed)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x80_00 ? ((crc << 1) ^ 0x10_21) & 0xff_ff : (crc << 1) & 0xff_ff
  }
  return crc % 16_384
}
