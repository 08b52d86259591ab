"""A mail server for the tests, on 127.0.0.1.

Prints "port N" when it listens, then one JSON object on a line for each mail that it takes. How it
treats a mail is told by the name in the recipient's address:

  refused     550 to RCPT          later       451 to RCPT
  sender550   550 to MAIL is told by the sender's name
  content554  554 to the mail      content452  452 to the mail
  silent      no reply to the mail (it is printed nevertheless)
  clinging    takes the mail, then gives no reply to QUIT

It ends when its standard input does.
"""

import argparse
import asyncio
import base64
import json
import logging
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

HANG = 600


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("sender550@"):
            return "550 5.7.1 <%s> may not send here" % address
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "refused":
            return "550 5.1.1 <%s> is unknown here" % address
        if name == "later":
            return "451 4.2.1 <%s> is busy, try again later" % address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        if name == "content554":
            return "554 5.6.0 this mail is not wanted"
        if name == "content452":
            return "452 4.3.1 the disk is full"
        mail = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "data": base64.b64encode(envelope.original_content).decode(),
            "isEncrypted": session.ssl is not None
            or server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data or "",
        }
        print(json.dumps(mail), flush=True)
        if name == "silent":
            await asyncio.sleep(HANG)
        session.is_clinging = name == "clinging"
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        if getattr(session, "is_clinging", False):
            await asyncio.sleep(HANG)
        return "221 Bye"


def authenticate(server, session, envelope, mechanism, data):
    isRight = (data.login, data.password) == (b"shop@example.com", "пароль:@/%".encode())
    return AuthResult(success=isRight, auth_data=data.login.decode(), handled=False)


async def serve(arguments):
    context = None
    if arguments.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(arguments.certificate, arguments.key)

    def connection():
        return SMTP(
            Handler(),
            tls_context=context if not arguments.implicit else None,
            require_starttls=context is not None and not arguments.implicit,
            authenticator=authenticate if arguments.login else None,
            auth_required=arguments.login,
            auth_require_tls=context is not None and not arguments.implicit,
        )

    server = await asyncio.get_running_loop().create_server(
        asyncio.Protocol if arguments.mute else connection,
        "127.0.0.1",
        arguments.port,
        ssl=context if arguments.implicit else None,
    )
    print("port %d" % server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--login", action="store_true")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--implicit", action="store_true", help="TLS from the first byte")
    parser.add_argument("--port", type=int, default=0, help="any free one unless given")
    parser.add_argument("--mute", action="store_true", help="take connections and say nothing")
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(parser.parse_args()))


main()
