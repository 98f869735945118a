// The command runs on Node 20 too (package.json, engines); URL.parse, which shared/http uses, came with 22.1.
URL.parse ??= (text, base) => (URL.canParse(text, base) ? new URL(text, base) : null)
