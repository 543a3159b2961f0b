"""A store that speaks as much of S3 as an init container asks for, named a fake: in memory, for everyone.

`python fake_object_store.py [PORT]`: PUT, GET and HEAD of an object, and ListObjectsV2. It runs in a pod
where no real object store can be had.
"""

import sys
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from aiohttp import web

LARGEST = 64 * 1024 * 1024
WRITTEN = datetime(2013, 1, 1, tzinfo=UTC)

store = web.AppKey("store", dict[str, bytes])


async def put(request: web.Request) -> web.Response:
    request.app[store][_key(request)] = await request.read()
    return web.Response(headers={"ETag": '"0"'})


async def delete(request: web.Request) -> web.Response:
    request.app[store].pop(_key(request), None)
    return web.Response(status=204)


async def get(request: web.Request) -> web.StreamResponse:
    """An object, or a part of it."""
    body = request.app[store].get(_key(request))
    if body is None:
        text = "<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>"
        return web.Response(status=404, text=text, content_type="application/xml")
    headers = {"ETag": '"0"', "Last-Modified": WRITTEN.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    part = request.http_range
    if part.start is None:
        return web.Response(body=body, headers=headers)
    stop = len(body) if part.stop is None else min(part.stop, len(body))
    headers["Content-Range"] = f"bytes {part.start}-{stop - 1}/{len(body)}"
    return web.Response(status=206, body=body[part.start : stop], headers=headers)


async def list_objects(request: web.Request) -> web.Response:
    """ListObjectsV2 in one page, with or without a delimiter."""
    prefix, delimiter = request.query.get("prefix", ""), request.query.get("delimiter", "")
    bucket = request.match_info["bucket"]
    contents, common = [], set()
    for path, body in sorted(request.app[store].items()):
        key = path.removeprefix(f"{bucket}/")
        if path == key or not key.startswith(prefix):
            continue
        rest = key[len(prefix) :]
        if delimiter and delimiter in rest:
            common.add(prefix + rest.split(delimiter)[0] + delimiter)
        else:
            contents.append(
                f"<Contents><Key>{escape(key)}</Key><Size>{len(body)}</Size><ETag>&quot;0&quot;</ETag>"
                f"<LastModified>{WRITTEN.isoformat()}</LastModified></Contents>"
            )
    found = "".join(contents)
    found += "".join(
        f"<CommonPrefixes><Prefix>{escape(key)}</Prefix></CommonPrefixes>" for key in sorted(common)
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>'
        f"<Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(contents)}</KeyCount>"
        f"<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
    )
    return web.Response(text=text, content_type="application/xml")


async def healthy(_: web.Request) -> web.Response:
    return web.Response(text="healthy")


def _key(request: web.Request) -> str:
    return f"{request.match_info['bucket']}/{request.match_info['key']}"


def application() -> web.Application:
    made = web.Application(client_max_size=LARGEST)
    made[store] = {}
    made.router.add_get("/healthz", healthy)
    made.router.add_get("/{bucket}", list_objects)
    made.router.add_get("/{bucket}/", list_objects)
    made.router.add_put("/{bucket}/{key:.+}", put)
    made.router.add_delete("/{bucket}/{key:.+}", delete)
    made.router.add_get("/{bucket}/{key:.+}", get)
    return made


if __name__ == "__main__":
    web.run_app(application(), port=int(sys.argv[1]) if len(sys.argv) > 1 else 9000, print=None)
