# SPDX-License-Identifier: ISC
"""What is right: whether a run may have ended as it did."""

import os
import re
import signal

import peers
import table

CPU = 1.0  # seconds; what spins until a deadline takes more
# The loader of modules, and OpenSSL with its files, have their own ways.
LOADER = re.compile(rb"cannot be used: .*(shared object|file descriptor|file data|stat|cannot map)"
                    rb"|certificates of issuers: no certificate|OpenSSL cannot be set up")
LOOKS_FOR_FILES = re.compile(r"(unlink|newfstatat|stat|statx|openat)\(|shim\(alloc\)")
# glibc blocks all signals while it starts a process or a thread, and believes that it did.
LIBRARY_BLOCKS = re.compile(r"rt_sigprocmask\(SIG_BLOCK, ~\[")
LIBRARY_FALLS = (-signal.SIGABRT, -signal.SIGSEGV)
RESET = ("connection reset", "nobody reads", "closed the connection")
WORDS = {"ENOMEM": ("out of memory", "memory allocation", "resource temporarily", "not fit into"), "EPIPE": RESET, "ENOTCONN": RESET,
         "ENXIO": ("no terminal",), "ECONNRESET": (*RESET, "was given up")}


def lines_of(errors):
    return errors.decode("utf-8", "replace").splitlines()


def is_whole(world, result):
    """What is not as it has to be when all went well."""
    complaints = []
    if world.output is not None and result.output != world.output:
        complaints.append(f"{len(result.output)} bytes came out, not the {len(world.output)} "
                          "that were sent")
    got = [received.data for received in world.received if received.ended]
    for data in world.given:
        if data in got:
            got.remove(data)
        else:
            sizes = [len(received.data) for received in world.received]
            complaints.append(f"no target got the {len(data)} bytes whole, but {sizes}")
            break
    return complaints


def clients_of(world):
    """How many clients of a listener got what they should, and what is wrong with the others."""
    whole = sum(client.endswith(peers.DOWN) for client in world.clients)
    wrong = [client for client in world.clients
             if not client.endswith(peers.DOWN) and len(client) >= len(peers.DOWN)]
    return whole, wrong


def judge_always(world, result):
    """What is never right."""
    if result.hung:
        return ["it hangs"]
    complaints = []
    if result.lingers:
        complaints.append("it leaves a process behind")
    if result.status < 0:
        complaints.append(f"it was ended by signal {-result.status}")
    if result.cpu > CPU:
        complaints.append(f"it took {result.cpu:.1f} s of the processor")
    if result.files and not any(LOOKS_FOR_FILES.match(line) for _, _, line in result.hits):
        complaints.append(f"it leaves files behind: {' '.join(result.files)}")
    if result.status == 8 and not world.may_be_late:
        complaints.append("it was found out only when the time was over")
    told = result.errors + result.output if world.kind != "files" else result.errors
    for name in world.names:
        if name in ("log", "trace") and os.path.exists(world.path(name)):
            with open(world.path(name), "rb") as file:
                told += file.read()
    if any(secret in told for secret in peers.SECRETS):
        complaints.append("it tells a secret")
    return complaints


def says_why(result, error):
    """Whether a failure names the error that was made, or what it means."""
    if error is None:
        return True
    words = WORDS.get(error, ()) + (os.strerror(table.number_of(error)),)
    text = (result.errors + result.output).decode("utf-8", "replace").lower()
    return any(word.lower() in text for word in words)


def is_told(world, result, hits):
    """Whether anybody could be told."""
    if any(re.match(r'(write|sendto)\(\d+, "culvert: |write\(1, .*EPIPE', hit) for hit in hits):
        return True
    return any(line.strip() for line in lines_of(result.errors + (
        result.output if world.tells_on_output else b"")))


def judge_failure(world, result, error, own):
    """One line, which says why. own: it was culvert itself that was hit, and nobody else."""
    lines = lines_of(result.errors)
    hits = [hit[2] for hit in result.hits]
    if world.kind not in ("passed", "socket") and result.status not in range(1, 10):
        return [f"status {result.status} is none of culvert's"]
    if not is_told(world, result, hits):
        return ["it fails without a word"]
    if not lines and (not world.tells_on_output or not says_why(result, error)):
        return []
    complaints = []
    if own and world.lines is not None and world.status == 0 and len(lines) > world.ways:
        complaints.append(f"it fails with {len(lines)} lines")
    if own and not all(line.startswith("culvert: ") or world.lines is None for line in lines):
        complaints.append("a line is not culvert's")
    if own and world.status == 0 and not says_why(result, error):
        complaints.append("it doesn't say why")
    return complaints


def judge_clean(world, result):
    """Nothing was made to fail."""
    complaints = judge_always(world, result)
    if result.status != world.status:
        complaints.append(f"status {result.status}, not {world.status}")
    complaints += is_whole(world, result)
    if world.lines is not None and len(lines_of(result.errors)) != world.lines:
        complaints.append("it says more than it should, or less")
    if world.driver and clients_of(world)[0] != len(world.given):
        complaints.append(f"{clients_of(world)[0]} of {len(world.given)} clients got all")
    return complaints


def judge_listener(world, result, lasting):
    """A fault may end one tunnel, or the start; whoever comes later is served."""
    if any('"culvert: listening' in line for _, _, line in result.hits):
        return []  # nobody was told where
    whole, wrong = clients_of(world)
    complaints = ["a client got other bytes"] if wrong else []
    if result.status == 0 and not lasting and whole < len(world.given) - 1:
        complaints.append(f"only {whole} of {len(world.given)} clients got all")
    return complaints


def judge(world, result, case):
    """The complaints about a run in which a call was made to fail, or not, if it wasn't made."""
    if not result.hits:
        return judge_clean(world, result)
    own = case.call != "library" and all(
        pid in ("", str(world.pid)) for pid, _, _ in result.hits) and case.program in (None, "culvert")
    complaints = judge_always(world, result)
    if case.call == "library" and result.status in LIBRARY_FALLS:
        return []  # which is the library's: the look-ups of glibc, for one
    if result.status == -signal.SIGTERM and any(LIBRARY_BLOCKS.match(hit[2]) for hit in result.hits):
        return []
    if result.hung:
        return complaints
    if LOADER.search(result.errors):
        own = False
    survived = case.error is not None and not case.lasting and own and all(
        table.is_survived(hit[2], case.error) for hit in result.hits)
    if case.survived or survived:
        complaints += [text for text in judge_clean(world, result) if text not in complaints]
    elif world.driver:
        each = case.program not in (None, "culvert")  # helper that is started has the fault
        complaints += judge_listener(world, result, case.lasting or each)
        if result.status != 0:
            complaints += judge_failure(world, result, case.error, own)
    elif result.status == world.status and world.status == 0:
        complaints += is_whole(world, result)
    elif result.status != world.status:
        complaints += judge_failure(world, result, case.error, own)
    elif world.status != 0 and not is_told(world, result, [hit[2] for hit in result.hits]):
        complaints.append("it fails without a word")
    return complaints
