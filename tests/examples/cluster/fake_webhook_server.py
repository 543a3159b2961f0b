"""A server that refuses every object that it is asked about, named a fake where it is started: in a pod.

`python fake_webhook_server.py REASON`: HTTPS on port 8443, with the certificate of /certificate.
"""

import ssl
import sys

from aiohttp import web

PORT = 8443
CERTIFICATE = "/certificate/tls.crt", "/certificate/tls.key"

reason = web.AppKey("reason", str)


async def refuse(request: web.Request) -> web.Response:
    """Answer an AdmissionReview."""
    review = await request.json()
    status = {"code": 403, "message": request.app[reason]}
    response = {"uid": review["request"]["uid"], "allowed": False, "status": status}
    return web.json_response(
        {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}
    )


def application(why: str) -> web.Application:
    made = web.Application()
    made[reason] = why
    made.router.add_post("/validate", refuse)
    return made


if __name__ == "__main__":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*CERTIFICATE)
    web.run_app(application(sys.argv[1]), port=PORT, ssl_context=context, print=None)
