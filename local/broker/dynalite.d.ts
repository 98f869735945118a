/** dynalite 4 brings no types. */
declare module 'dynalite' {
  // biome-ignore lint/style/noDefaultExport: it has one
  export default function dynalite(options?: { readonly createTableMs?: number }): import('node:http').Server
}
