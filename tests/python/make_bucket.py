"""Makes a bucket and prints its name as JSON: `make_bucket.py BUCKET`. Where S3 is comes from `AWS_*`."""

import json
import os
import sys

import boto3


def main():
    bucket = sys.argv[1]
    where = {"LocationConstraint": os.environ["AWS_DEFAULT_REGION"]}
    boto3.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    print(json.dumps(bucket))


if __name__ == "__main__":
    main()
