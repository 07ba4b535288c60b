// The part of `qrcode` that is used: it has no types of its own.
declare module 'qrcode' {
  /** A QR code of a text, as an SVG document. */
  function svgOf(text: string, options: { type: 'svg'; margin?: number }): Promise<string>

  export { svgOf as toString }
}
