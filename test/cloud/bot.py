"""A bot: plain boto3, and nothing of Postern. Where its credentials come from is in its environment.

It reads the objects that are named to it, BUCKET/KEY a line, one after the other, and says what came of each.
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError

s3 = None
for line in sys.stdin:
    bucket, key = line.rstrip("\n").split("/", 1)
    try:
        # boto3 looks for credentials when it makes a client.
        s3 = s3 or boto3.client("s3")
        said = {"text": s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()}
    except ClientError as error:
        said = {"code": error.response["Error"]["Code"], "message": str(error)}
    except Exception as error:
        said = {"code": type(error).__name__, "message": str(error)}
    print(json.dumps(said), flush=True)
