import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3'

// A bot: the plain AWS SDK, and nothing of Postern. Where its credentials come from is in its environment.
// node bot.ts get|put BUCKET KEY
const [action, Bucket = '', Key = ''] = process.argv.slice(2)
const s3 = new S3Client({})
try {
  if (action === 'put') await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'written by the bot\n' }))
  else await s3.send(new GetObjectCommand({ Bucket, Key }))
  console.log(JSON.stringify({ status: 200 }))
} catch (error) {
  const { name, message } = error as Error
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
  console.log(JSON.stringify({ status: status ?? 0, code: name, message }))
}
