# SPDX-License-Identifier: Apache-2.0
"""Tells what is executed, and refuses what lies in a directory (/tmp/refused): an agent in Python, by gRPC alone.

    sallyport run -- python3 exec_logger.py [DIRECTORY]

Needs SALLYPORT_CREDENTIALS, as `sallyport run` sets it, and the messages, generated from api/ by grpcio-tools:

    python3 -m grpc_tools.protoc -I api --python_out=OUT --grpc_python_out=OUT api/sallyport/v1/*.proto
"""
import os
import queue
import sys
import threading
import time

import grpc
from sallyport.v1 import authorizer_pb2, authorizer_pb2_grpc, common_pb2, event_pb2, events_pb2, events_pb2_grpc
from sallyport.v1 import platform_pb2, platform_pb2_grpc

EXEC = [common_pb2.OPERATION_PROCESS_EXEC]
ALLOW, DENY = common_pb2.FALLBACK_ALLOW, common_pb2.FALLBACK_DENY


def say(text):
    print(text, flush=True)


def word(enumeration, value):
    """VERDICT_ALLOW is written allow, TIER_ENFORCE enforce; a number that this version doesn't know, as it is."""
    known = enumeration.values_by_number.get(value)
    return known.name.split("_", 1)[1].lower() if known else str(value)


def channel():
    folder = os.environ["SALLYPORT_CREDENTIALS"]
    socket = os.environ.get("SALLYPORT_AGENTS_SOCKET", "/run/sallyport/agents.sock")

    def read(name):
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()

    credentials = grpc.ssl_channel_credentials(read("authority.pem"), read("key.pem"), read("certificate.pem"))
    # The platform's certificate has this name, wherever its socket lies.
    return grpc.secure_channel("unix:" + socket, credentials, [("grpc.ssl_target_name_override", "sallyport")])


def watch(events):
    for batch in events:
        for element in batch.elements:
            if element.HasField("event"):
                event = element.event
                verdict = word(event_pb2.Verdict.DESCRIPTOR, event.decision.verdict)
                say(f"{verdict} {event.subject.identity.pid} {os.fsdecode(event.file.path.path)}")


def answer(question, refused):
    is_refused = question.file.path.path.startswith(os.fsencode(refused))
    return authorizer_pb2.Answer(
        question=question.id, verdict=DENY if is_refused else ALLOW, reason="refused/" if is_refused else ""
    )


def main():
    refused = (sys.argv[1] if len(sys.argv) > 1 else "/tmp/refused").rstrip("/") + "/"
    with channel() as connection:
        greeting = platform_pb2_grpc.PlatformStub(connection).Greet(platform_pb2.GreetRequest(client="python/0.1"))
        events = events_pb2_grpc.EventsStub(connection).Watch(events_pb2.WatchRequest(operations=EXEC))
        # They are sent when the subscription is in force.
        events.initial_metadata()
        threading.Thread(target=watch, args=(events,), daemon=True).start()

        # Whatever is put in here is sent: first what to be asked, then an answer to each question.
        requests = queue.SimpleQueue()
        terms = authorizer_pb2.Authorization(operations=EXEC, deadline=1000, fallback=ALLOW)
        requests.put(authorizer_pb2.AuthorizeRequest(authorization=terms))
        for response in authorizer_pb2_grpc.AuthorizerStub(connection).Authorize(iter(requests.get, None)):
            if response.HasField("ready"):
                say(f"ready: {greeting.vendor} on tier {word(platform_pb2.Tier.DESCRIPTOR, greeting.coverage.tier)}")
            elif response.HasField("question"):
                requests.put(authorizer_pb2.AuthorizeRequest(answer=answer(response.question, refused)))


if __name__ == "__main__":
    while True:
        try:
            main()
        except grpc.RpcError as error:
            # Not there, or being restarted: it is looked for until it is (back) there.
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                sys.exit(f"{error.code()}: {error.details()}")
        time.sleep(0.2)
