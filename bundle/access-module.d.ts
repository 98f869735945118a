/** The compiled access manifest; `bundle/build.ts` puts it there. */
declare module 'postern:access' {
  export const access: import('../shared/access/access.ts').AccessRows
}
