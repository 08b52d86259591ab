"""Reads a letter from standard input with Python's mail parser, and prints what it finds as JSON.

It stands for the mail programs of the world: whatever it understands was not decoded by the code
under test. Everything that the parser calls a defect is listed.
"""

import email.policy
import json
import sys
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime

source = sys.stdin.buffer.read()
message = BytesParser(policy=email.policy.default).parsebytes(source)
defects = [repr(defect) for part in message.walk() for defect in part.defects]
defects += [repr(d) for part in message.walk() for v in part.values() for d in v.defects]


# By the older interface: the newer one keeps the space between two encoded words of a name.
def mailbox(field):
    name, address = parseaddr(BytesParser().parsebytes(source)[field])
    return {"name": str(make_header(decode_header(name))), "address": address}


print(
    json.dumps(
        {
            "from": mailbox("From"),
            "to": mailbox("To"),
            "subject": message["Subject"],
            "messageID": message["Message-ID"],
            "autoSubmitted": message["Auto-Submitted"],
            "language": message["Content-Language"],
            "epoch": int(parsedate_to_datetime(message["Date"]).timestamp()),
            "type": message.get_content_type(),
            "fields": message.keys(),
            "parts": [
                {
                    "type": part.get_content_type(),
                    "charset": part.get_content_charset(),
                    "text": part.get_content().replace("\r\n", "\n"),
                }
                for part in message.iter_parts()
            ],
            "defects": defects,
        }
    )
)
