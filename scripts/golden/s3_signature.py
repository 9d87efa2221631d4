#!/usr/bin/env python3
"""Signatures of version 4 made by botocore, for Tests/ObjectStoreTests/Golden/s3_signatures.json.

    pip install botocore && scripts/golden/s3_signature.py > Tests/ObjectStoreTests/Golden/s3_signatures.json
"""
import datetime
import hashlib
import json
import random
import urllib.parse

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

random.seed(4)
TIME = datetime.datetime(2026, 2, 28, 23, 59, 58, tzinfo=datetime.timezone.utc)


class Clock(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return TIME.replace(tzinfo=None)

    @classmethod
    def now(cls, tz=None):
        return TIME


botocore.auth.datetime = type("module", (), {"datetime": Clock, "timezone": datetime.timezone})
if hasattr(botocore.auth, "get_current_datetime"):
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: TIME.replace(tzinfo=None)

ALPHABET = list("abcXYZ019-_.~ /+%&=?#:@!$'()*,;é漢😀\"<>[]{}|^`\\")


def text(low, high):
    return "".join(random.choice(ALPHABET) for _ in range(random.randint(low, high)))


cases = []
for number in range(120):
    key = "/".join(part for part in text(1, 24).split("/") if part not in ("", ".", "..")) or "key"
    query = {text(1, 6).replace("/", "x") or "q": text(0, 12) for _ in range(random.choice([0, 0, 1, 3]))}
    body = random.randbytes(random.choice([0, 0, 1, 100]))
    fields = {}
    if number % 3 == 0:
        fields["Range"] = "bytes=0-%d" % random.randint(0, 1 << 40)
    if number % 4 == 0:
        fields["If-Match"] = '"%032x"' % random.getrandbits(128)
    if number % 5 == 0:
        fields["x-amz-meta-tapedeck-write"] = "%d-x" % number
    token = "FwoGZXIvYXdzE" + text(3, 8).encode().hex() if number % 2 else None
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" if number % 7 else text(1, 10)
    region = random.choice(["us-east-1", "eu-central-1", "local"])
    method = random.choice(["GET", "PUT", "POST", "HEAD", "DELETE"])
    host = random.choice(["127.0.0.1:9000", "bucket.s3.amazonaws.com", "minio.example"])
    path = "/" + urllib.parse.quote(key, safe="/~")
    url = "http://" + host + path
    request = AWSRequest(method=method, url=url, params=query, data=body, headers={"Host": host, **fields})
    # As botocore does for S3 over HTTP: the body is signed.
    request.context["payload_signing_enabled"] = True
    botocore.auth.S3SigV4Auth(Credentials("AKIAIOSFODNN7EXAMPLE", secret, token), "s3", region).add_auth(request)
    cases.append({
        "method": method, "host": host, "key": key, "query": query, "fields": fields, "body": body.hex(), "region": region,
        "secret": secret, "token": token, "payload": hashlib.sha256(body).hexdigest(),
        "authorization": request.headers["Authorization"], "date": request.headers["X-Amz-Date"],
    })
print(json.dumps(cases, indent=0, ensure_ascii=True, sort_keys=True))
