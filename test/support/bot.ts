import { createInterface } from 'node:readline'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'

// A bot: the plain AWS SDK, and nothing of Postern. Where its credentials come from is in its environment. It reads
// the objects that are named to it, BUCKET/KEY a line, one after the other, and says what came of each.
const s3 = new S3Client({})
for await (const line of createInterface({ input: process.stdin })) {
  const [Bucket = '', ...key] = line.split('/')
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key.join('/') }))
    console.log(JSON.stringify({ text: await Body?.transformToString() }))
  } catch (error) {
    const { name, message } = error as Error
    console.log(JSON.stringify({ code: name, message }))
  }
}
