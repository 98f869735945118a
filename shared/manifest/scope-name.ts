/** A scope's name: RFC 6749's scope-token (section 3.3) but for `+`, which stands between two of them in a query. */
export const scopeName = /^[!#-*,-[\]-~]{1,128}$/
