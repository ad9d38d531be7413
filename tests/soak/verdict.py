# SPDX-License-Identifier: ISC
"""What must be true of a round: each byte, and the status. All bounds on times are of the kind that a
slow machine cannot break: what was seen to happen before something else, by our own clock."""

import re

from ends import UNSURE

LATE = 0.1  # seconds; when this process itself was that late, it can't blame culvert for silence
HASTE = 0.6  # of the silence; culvert looks at its clock a bit before it acts
SPIN = 0.25  # processor seconds that no round needs, but for its bytes
SPIN_MEGA = 0.05  # for a million of them
SPIN_TRACED = 0.3  # the same with a hexdump

WINDOW = 60000  # bytes that are taken without being read

NO_WORD = "closed after [0-9]+ bytes of input, without a word"
NO_ANSWER = "no answer came before the tunnel was half-closed"


class Case:
    """The facts of a round."""

    def __init__(self, plan, seen):
        self.plan, self.seen = plan, seen
        self.source, self.sink, self.far = seen.source, seen.sink, seen.far
        self.complaints = list(self.sink.complaints + self.far.complaints)
        self.taken = self.source.taken
        self.arrived = self.far.received + (self.far.unread if self.far.closed_at and
                                            not plan.tls else 0)
        self.delivered = self.sink.delivered
        self.blind = plan.output == "null"
        self.disturbed = seen.late > LATE
        self.end_at = self.far.end_at or seen.exited_at  # culvert's own end, as it was seen

    def say(self, text):
        self.complaints.append(text)

    # The bytes.

    def whole_input(self):
        said = len(self.source.data)
        if self.plan.duplex and self.reader_left():
            said = self.source.written  # who left took the rest along
        return self.taken == self.source.written == self.arrived == said

    def whole_output(self):
        return self.blind or (self.delivered == self.far.sent_whole == len(self.far.data))

    def lost_input(self):
        """Bytes that were taken from the input and surely have not even come to the next kernel. In
        TLS nobody knows what lay there unread when that was closed."""
        arrived = self.arrived
        if self.plan.tls and self.far.closed_at is not None:
            arrived = max(arrived, self.source.written_by(self.far.closed_at))
        return max(0, self.taken - arrived)

    # What happened.

    def was_reset(self):
        """By a reset that was meant, or by a close with bytes unread, which is one."""
        if self.plan.ending == "cut" and self.far.fin_at is not None:
            return True
        if self.far.reset_at is not None:
            return True
        return self.far.closed_at is not None and self.far.unread > 0

    def may_be_reset(self):
        """As a byte that comes to a closed socket does; in TLS a byte may be our close_notify, which
        is no reason for anything but a reset that comes before all has been read."""
        return self.was_reset() or (self.far.closed_at is not None and self.taken > self.arrived)

    def reader_left(self):
        return self.sink.left_at is not None

    def surely_sent(self):
        """What the far end had sent before culvert can have come to an end of its own, and a bit
        before, as the kernel may take its time to bring it."""
        over = self.sink.left_at
        if self.plan.input == "terminal" or self.plan.duplex:
            pass  # at a terminal the end of one side is the end, and of one socket the other's too
        elif self.source.ended_at is None:
            over += self.plan.linger
        else:
            over = max(over, self.source.ended_at)
        return max((sent for _, after, sent in self.far.marks if after and after < over - UNSURE),
                   default=0)

    def stuck(self):
        """The far end ended and read no more: what it didn't take is given up after a while."""
        return self.plan.kind == "stuck" and self.far.fin_at is not None

    def dozes(self):
        """Whether the far end has a pause that --linger may be over in: its own, or TCP's, which
        opens a window that was shut only when there is a good deal of room."""
        return (self.plan.far_pause >= self.plan.linger / 2 or
                (self.plan.far_rest > 0 and
                 self.plan.input_size > (self.plan.far_buffer or WINDOW) / 4))

    def silence_allowed(self):
        """Whether nothing may have moved for --linger while only the input went on."""
        begun = [at for at in (self.far.fin_at, self.sink.left_at) if at is not None]
        if not begun:
            return False
        begun = min(begun)
        if self.plan.input == "terminal":
            return True
        known = self.sink.ended_at  # from then on each byte shows that the far end reads on
        if known and self.arrived > self.source.written_by(known):
            return False
        if self.disturbed:
            return True
        if self.dozes():
            return True
        last = begun
        for before, after in self.source.marks:
            if after < begun:
                continue
            if after - last >= self.plan.linger:
                return True
            last = max(begun, before)
        ended = self.source.ended_at or self.seen.exited_at
        return ended - last >= self.plan.linger

    # When the half-close came.

    def check_half_close(self):
        """It comes behind the whole input, and not before the silence was long enough."""
        if self.far.end_at is None or self.reader_left() or self.plan.quit is not None:
            return
        if self.far.fin_at is not None and self.far.fin_at <= self.far.end_at:
            return
        if self.far.end_how == "reset":
            return self.say("the tunnel was reset by culvert")
        if self.far.end_how == "cut":
            return self.say("the tunnel's TLS was cut short by culvert")
        if self.plan.no_input or self.plan.silence is None:
            return self.say("a half-close came that was not to come")
        if self.source.ended_at is None or self.source.ended_at > self.far.end_at:
            return self.say("a half-close came before the end of the input")
        if not self.arrived == self.source.written == len(self.source.data):
            self.say("a half-close came though not all of the input had come")
        if self.plan.silence and self.far.undelivered_at_end > 0:
            self.say("the half-close came while bytes were not yet in the output")
        at = self.far.not_arrived_at
        if at is not None and self.far.end_at - at < self.plan.silence * HASTE:
            self.say("the half-close came with the last bytes of the input")
        for what, at in self.busy_moments():
            if UNSURE < self.far.end_at - at < self.plan.silence * HASTE and not self.disturbed:
                self.say(f"the half-close came {self.far.end_at - at:.3f} s after {what}")

    def busy_moments(self):
        """Moments from which on the silence can have lasted at most."""
        for before, _ in self.source.marks[-1:]:
            yield "the last byte of the input", before
        for at in self.far.busy:
            yield "a byte of the far end", at
        for at in self.sink.waited_for:
            yield "standard output was waited for", at

    # The verdict.

    def check_status(self):
        status = self.seen.status
        if status not in (0, 1):
            return self.say(f"status {status}: {self.seen.errors.strip()}")
        if status == 0:
            self.check_success()
        else:
            self.check_failure()

    def check_success(self):
        if self.lost_input():
            self.say(f"status 0, and {self.lost_input()} bytes of the input were lost")
        if self.reader_left():
            if not self.disturbed and self.surely_sent() > self.delivered_at_most():
                self.say("status 0, and something came that the reader, who had left, did not get")
        elif not self.blind and self.plan.quit is None and self.delivered < self.far.sent_whole:
            self.say(f"status 0, and {self.far.sent_whole - self.delivered} bytes that came are not in "
                     "the output")
        if self.was_reset() and self.plan.quit is None and not self.reader_left():
            if not (self.plan.tls and self.plan.ending != "reset" and self.plan.ending != "cut"):
                self.say("status 0, and the tunnel was reset or cut short")

    def delivered_at_most(self):
        """A socket that was left may have taken some more in the last moment, and one of TCP takes
        more even then."""
        if self.plan.output == "pipe":
            return self.delivered
        if self.plan.output == "tcp":
            return self.far.sent
        before = [sent for before, _, sent in self.far.marks if before < self.sink.left_at]
        return max(self.delivered, max(before, default=0))

    def check_failure(self):
        if self.may_be_reset():
            return
        if self.reader_left() and self.far.sent > self.delivered:
            return
        if self.stuck() and (self.lost_input() or (self.far.arrived_by_exit is not None and
                                                   self.far.arrived_by_exit < self.taken)):
            return
        if self.plan.tls and (self.stuck() or self.far.closed_at):
            return
        ending = self.far.fin_at is not None or self.reader_left() or self.plan.quit is not None
        if (self.disturbed or self.dozes()) and ending:
            return  # what was waited for was waited for long enough
        if self.plan.quit is not None and self.far.sent > self.delivered:
            return
        self.say("status 1 without a cause")

    def check_whole(self):
        """Where nothing went wrong nothing is missing."""
        if self.seen.status == 1:
            return  # for which there has to be a cause
        if self.may_be_reset() or self.stuck() or self.plan.quit is not None:
            return
        if not self.reader_left() and not self.whole_output():
            if not (self.plan.both_ways and self.far.end_seen.is_set()):
                self.say(f"the output has {self.delivered} bytes of {len(self.far.data)}")
        if self.plan.no_input:
            if self.taken:
                self.say(f"{self.taken} bytes of the input were taken in spite of -d")
            return
        if self.reader_left() and self.far.sent > self.delivered:
            return  # that was the end
        if not self.whole_input() and not self.silence_allowed():
            self.say(f"the far end has {self.arrived} bytes of {len(self.source.data)}; "
                     f"{self.taken} were taken")

    def check_patience(self):
        """It doesn't go before --linger is over, while there may be input."""
        if (self.seen.status != 0 or self.source.ended_at is not None or self.plan.no_input or
                self.plan.input == "terminal" or self.far.closed_at or self.reader_left()):
            return
        if self.far.fin_at is not None and self.seen.exited_at - self.far.fin_at < self.plan.linger:
            self.say("it did not wait for more input")

    def check_words(self):
        """A failure is told, in lines that begin as they have to."""
        lines = self.seen.errors.splitlines()
        if self.seen.status == 1 and not lines:
            self.say("status 1 without a word")
        for line in lines:
            if not line.startswith("culvert: "):
                self.say(f"a strange line: {line}")
            self.check_count(line)
        if self.seen.status == 0:
            for line in lines:
                if not self.may_note(line):
                    self.say(f"status 0 with: {line}")
            if len(lines) > 1:
                self.say("more than one line")

    def may_note(self, line):
        """What is no failure may be worth a line all the same."""
        if re.search(NO_WORD, line):
            return not self.far.sent and not self.plan.no_input and self.far.fin_at is not None
        if re.search(NO_ANSWER, line):
            return not self.plan.silence_asked
        return False

    def check_count(self, line):
        """How many bytes are missing is not understated."""
        arrived = self.arrived
        if self.far.arrived_by_exit is not None:
            arrived = min(arrived, self.far.arrived_by_exit)
        missing = re.search("([0-9]+) bytes? of the input (arrived|were not)", line)
        if missing and int(missing[1]) < self.taken - arrived:
            self.say(f"{self.taken - arrived} bytes have not arrived: {line}")

    def check_processor(self):
        spent, took = self.seen.processor, self.seen.exited_at - self.seen.started_at
        each = SPIN_TRACED if "--trace" in self.plan.quiet_options else SPIN_MEGA
        needed = SPIN + each * (self.taken + self.far.sent) / 1e6
        if spent > needed and spent > took / 3:
            self.say(f"it took {spent:.2f} s of the processor in {took:.2f} s")


def judge(plan, seen):
    """What is wrong with the round: a list of sentences, which is empty when nothing is."""
    if seen.status is None:
        return ["it did not end"] + seen.sink.complaints + seen.far.complaints
    if not seen.far.opened:
        return [f"no tunnel, status {seen.status}: {seen.errors.strip()}"]
    case = Case(plan, seen)
    case.check_status()
    case.check_half_close()
    case.check_whole()
    case.check_patience()
    case.check_words()
    case.check_processor()
    return case.complaints
