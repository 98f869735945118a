/** A policy that IAM does not take: it is refused whole, so that nothing of it allows. */
export class MalformedPolicy extends Error {}
