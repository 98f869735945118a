/** Waits for a promise, but no longer than `waitMs`; a negative time is none. What it comes to is left to the caller. */
export async function within(waitMs: number, promise: Promise<void> | undefined): Promise<void> {
  if (!promise || waitMs <= 0) return
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs)
  })
  await Promise.race([promise, timeout])
  clearTimeout(timer)
}
