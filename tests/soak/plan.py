# SPDX-License-Identifier: ISC
"""What a round does: drawn from the seed and the number of the round, so that it can be had again."""

import dataclasses
import random

KIB = 1024
SILENCE = 0.2  # --shutdown-after and --linger of nine rounds in ten
LINGER = 0.3
DEFAULT_SILENCE = 10.0
DEFAULT_LINGER = 5.0

INPUTS = ("pipe", "unix", "tcp", "file", "null", "terminal")
OUTPUTS = ("pipe", "unix", "tcp", "file", "appended", "null", "terminal")
DUPLEX = ("unix", "tcp")  # one socket for both


@dataclasses.dataclass
class Piece:
    """What one side says next, and what it waits for before: so many seconds, so many bytes that it
    has read (at the far end), or an end that it has seen."""

    size: int
    pause: float = 0.0
    after_bytes: int = 0
    after_end: bool = False
    urgent: bool = False


@dataclasses.dataclass
class Plan:
    """A round. The far end is the proxy and what is behind it in one."""

    seed: str
    number: int
    kind: str
    tls: str = ""  # "proxy", "target", or in clear
    silence: float | None = SILENCE  # None: no half-close
    silence_asked: bool = True
    linger: float = LINGER
    quit: float | None = None
    no_input: bool = False
    quiet_options: list = dataclasses.field(default_factory=list)

    input: str = "pipe"
    output: str = "pipe"
    duplex: bool = False
    pieces: list = dataclasses.field(default_factory=list)  # of the input
    input_ends: bool = True
    pipe_size: int = 0  # 0: the kernel's

    reader_pause: float = 0.0  # before the first byte
    reader_portion: int = 1 << 16
    reader_rest: float = 0.0  # between portions, the first few of them
    reader_leaves: int | None = None  # after so many bytes

    speech: list = dataclasses.field(default_factory=list)  # of the far end
    first_with_head: bool = False
    far_pause: float = 0.0
    far_portion: int = 1 << 16
    far_rest: float = 0.0
    far_stops: int | None = None  # reading, after so many bytes
    far_buffer: int = 0
    both_ways: bool = False  # it closes both directions when one is closed, as squid does
    ending: str = "after-end"

    @property
    def input_size(self):
        return sum(piece.size for piece in self.pieces)

    @property
    def speech_size(self):
        return sum(piece.size for piece in self.speech)

    @property
    def printable(self):
        return self.input == "terminal"

    def options(self):
        """The options of culvert that have to do with the end."""
        options = list(self.quiet_options)
        if self.quit is not None:
            options += ["-q", str(self.quit)]
        if self.no_input:
            options += ["-d"]
        return options

    def describe(self):
        parts = [f"{self.kind}: input {self.input} of {self.input_size}"]
        parts.append("that ends" if self.input_ends else "that stays open")
        parts.append(f"output {self.output}" + (" (one socket for both)" if self.duplex else ""))
        parts.append(f"far end says {self.speech_size}, ending {self.ending}")
        parts += [f"{name} {value}" for name, value in (
            ("pipe size", self.pipe_size), ("reader pauses", self.reader_pause),
            ("reads", self.reader_portion if self.reader_rest else 0),
            ("leaves after", self.reader_leaves), ("far end pauses", self.far_pause),
            ("reads", self.far_portion if self.far_rest else 0), ("stops after", self.far_stops),
            ("buffer", self.far_buffer)) if value]
        parts += ["urgent bytes"] * any(piece.urgent for piece in self.speech)
        parts += ["closes both ways"] * self.both_ways
        parts.append(f"tls {self.tls or 'no'}, options {' '.join(self.options()) or 'none'}")
        return ", ".join(parts)


# Drawing.


def draw_size(dice, most=300 * KIB):
    """Most are small, some are nothing, and a few are more than any buffer holds."""
    return min(most, dice.choice((
        0, 1, dice.randint(2, 100), dice.randint(100, 5000), dice.randint(5000, 70000),
        dice.randint(60000, 300 * KIB), dice.randint(300 * KIB, 3000 * KIB))))


def draw_pieces(dice, size, longest=0.05, most=5):
    """SIZE bytes in a few pieces with pauses between them."""
    pieces = []
    while size > 0:
        portion = size if len(pieces) + 1 == most else dice.randint(1, size)
        pause = dice.choice((0.0, 0.0, dice.uniform(0, longest)))
        pieces.append(Piece(portion, pause))
        size -= portion
    return pieces


def draw_speech(dice, plan, size=None):
    """What the far end says: at once, or after it has read some of the input."""
    size = draw_size(dice) if size is None else size
    speech = draw_pieces(dice, size)
    read = 0
    for piece in speech:
        if dice.random() < 0.3:
            read = dice.randint(read, plan.input_size)
        piece.after_bytes = read
        piece.urgent = dice.random() < 0.15
    return speech


def draw_ends(dice, plan):
    """What stands at both ends of culvert."""
    plan.input = dice.choices(INPUTS, (6, 3, 2, 2, 1, 1))[0]
    plan.output = dice.choices(OUTPUTS, (6, 3, 2, 2, 1, 1, 1))[0]
    if dice.random() < 0.12:
        plan.duplex = True
        plan.input = plan.output = dice.choice(DUPLEX)
    if dice.random() < 0.3:
        plan.pipe_size = dice.choice((4096, 8192, 16384))
    if dice.random() < 0.3:
        plan.far_buffer = dice.choice((2048, 8192, 32768))
    if dice.random() < 0.25:
        plan.tls = dice.choice(("proxy", "target"))
    if dice.random() < 0.05:
        plan.quiet_options += ["--trace", "/dev/null", "--trace-data"]


def draw_pace(dice, plan):
    """Slow readers on both sides, at times."""
    if dice.random() < 0.2:
        plan.reader_pause = dice.choice((0.02, 0.1, 0.5))
    if dice.random() < 0.15:
        plan.reader_portion, plan.reader_rest = dice.randint(1, 9000), dice.uniform(0, 0.03)
    if dice.random() < 0.1:
        plan.far_pause = dice.choice((0.02, 0.1, 0.5))
    if dice.random() < 0.15:
        plan.far_portion, plan.far_rest = dice.randint(1, 9000), dice.uniform(0, 0.004)
    plan.first_with_head = dice.random() < 0.2


def draw_input(dice, plan, size=None):
    size = draw_size(dice) if size is None else size
    if plan.input == "null":
        size = 0
    if plan.input == "terminal":
        size = min(size, 20000)
    plan.pieces = draw_pieces(dice, size)
    if plan.input in ("file", "null"):
        plan.pieces = [Piece(size)] if size else []


def draw_end_options(dice, plan, never=True, default=True):
    """Nine in ten wait little; the tenth is anything that comes to an end soon all the same."""
    choice = dice.random()
    if choice < 0.9 or not (never or default):
        plan.quiet_options += ["--shutdown-after", str(SILENCE), "--linger", str(LINGER)]
        if choice > 0.8:
            plan.silence = 0.0
            plan.quiet_options += ["-N"]
    elif choice < 0.95 and never:
        plan.silence = None
        plan.quiet_options += ["--no-shutdown", "--linger", str(LINGER)]
    elif default:
        plan.silence, plan.linger, plan.silence_asked = DEFAULT_SILENCE, DEFAULT_LINGER, False


def plan_input_first(dice, plan):
    """The input ends, and the far end answers: before it has seen the end, or behind it."""
    draw_input(dice, plan)
    answer = draw_pieces(dice, draw_size(dice), longest=0.1)
    for piece in answer:
        piece.after_bytes = plan.input_size
    if answer:
        answer[0].pause = dice.choice((0.0, 0.05, 0.15, 0.5))
    plan.ending = dice.choice(("after-end", "after-end", "half", "close"))
    plan.both_ways = dice.random() < 0.4
    if plan.ending == "after-end" and not plan.both_ways and dice.random() < 0.5:
        for piece in answer:
            piece.after_end = True
    plan.speech = draw_speech(dice, plan, dice.choice((0, draw_size(dice, 70000)))) + answer
    draw_end_options(dice, plan, never=plan.ending != "after-end",
                     default=plan.ending != "after-end")


def plan_slow_reader(dice, plan):
    """As with | less: the answer fills all there is on the way, and is read when the silence that
    was waited for would have been over."""
    plan.duplex = False
    plan.output = dice.choice(("pipe", "unix"))
    plan.pipe_size = 4096
    draw_input(dice, plan, draw_size(dice, 5000))
    plan.speech = draw_pieces(dice, dice.randint(300, 3000) * KIB, longest=0.1)
    plan.reader_pause, plan.reader_portion, plan.reader_rest = 0.5, 4096, 0.0
    plan.both_ways = dice.random() < 0.7
    plan.ending = "after-end"
    plan.quiet_options += ["--shutdown-after", str(SILENCE), "--linger", str(LINGER)]


def plan_slow_far_end(dice, plan):
    """The far end takes its time to read the input, and answers at once when it has all of it."""
    if plan.input == "terminal" or plan.input == "null":
        plan.input, plan.duplex = "pipe", False
    plan.tls = ""
    draw_input(dice, plan, dice.randint(300, 3000) * KIB)
    plan.far_pause, plan.far_buffer = 0.5, 8192
    plan.speech = draw_pieces(dice, draw_size(dice, 70000))
    for piece in plan.speech:
        piece.after_bytes = plan.input_size
    plan.both_ways = dice.random() < 0.7
    plan.ending = "after-end"
    plan.quiet_options += ["--shutdown-after", str(SILENCE), "--linger", str(LINGER)]


def plan_far_first(dice, plan):
    """The far end has said all it has to say, and reads on."""
    draw_input(dice, plan)
    plan.speech = draw_speech(dice, plan)
    for piece in plan.speech:
        piece.after_bytes = min(piece.after_bytes, plan.input_size // 2)
    plan.ending = "half"
    if plan.input not in ("file", "null", "terminal"):
        plan.input_ends = dice.random() < 0.7
        if dice.random() < 0.3 and plan.speech and plan.output not in ("file", "appended", "null"):
            plan.pieces += [Piece(dice.randint(1, 2000), after_end=True),
                            Piece(dice.randint(1, 70000), pause=dice.choice((0.0, 0.1, 0.8)))]
    draw_end_options(dice, plan, default=plan.input_ends and plan.input != "terminal")


def plan_half_early(dice, plan):
    """nc -l >file </dev/null: nothing is said, and all is read."""
    draw_input(dice, plan, dice.choice((None, dice.randint(100, 2000 * KIB))))
    plan.ending = "half"
    draw_end_options(dice, plan)


def plan_far_closes(dice, plan):
    """The far end closes both directions when it has said its say, whatever is still coming."""
    draw_input(dice, plan)
    plan.speech = draw_speech(dice, plan)
    plan.ending = "close"
    plan.input_ends = plan.input in ("file", "null") or dice.random() < 0.5
    draw_end_options(dice, plan, default=plan.input_ends)


def plan_reset(dice, plan):
    """The connection is reset at any byte."""
    draw_input(dice, plan)
    plan.speech = draw_speech(dice, plan)
    plan.ending = "reset"
    if plan.speech and dice.random() < 0.7:
        plan.speech[-1].after_bytes = dice.randint(0, plan.input_size)
    plan.input_ends = plan.input in ("file", "null") or dice.random() < 0.5
    draw_end_options(dice, plan)


def plan_unread(dice, plan):
    """The far end closes while input lies there unread, which resets the connection."""
    draw_input(dice, plan, dice.randint(1, 300 * KIB))
    plan.far_stops = dice.randint(0, plan.input_size)
    plan.speech = draw_pieces(dice, draw_size(dice, 70000))
    plan.ending = "close"
    plan.input_ends = plan.input in ("file", "null") or dice.random() < 0.5
    draw_end_options(dice, plan)


def plan_reader_leaves(dice, plan):
    """Whoever reads standard output goes away."""
    plan.duplex = False
    plan.output = dice.choice(("pipe", "pipe", "unix", "tcp"))
    if plan.input == "null":
        plan.input = "pipe"
    draw_input(dice, plan)
    plan.speech = draw_speech(dice, plan)
    plan.reader_leaves = dice.choice((0, plan.speech_size, dice.randint(0, plan.speech_size)))
    plan.ending = dice.choice(("after-end", "half"))
    plan.input_ends = plan.input in ("file", "null") or dice.random() < 0.7
    draw_end_options(dice, plan, never=False, default=False)


def plan_both_leave(dice, plan):
    """As ssh does: the one socket is closed, and so nobody reads or writes any more."""
    plan.duplex = True
    plan.input = plan.output = "unix"
    draw_input(dice, plan, draw_size(dice, 5000))
    plan.speech = draw_pieces(dice, draw_size(dice, 5000))
    plan.reader_leaves = dice.choice((plan.speech_size, dice.randint(0, plan.speech_size)))
    plan.ending = "after-end"
    draw_end_options(dice, plan, never=False, default=False)


def plan_quit(dice, plan):
    """-q: the answer isn't waited for any longer."""
    draw_input(dice, plan)
    plan.speech = draw_speech(dice, plan)
    plan.quit = dice.choice((0.0, 0.1, 0.4))
    plan.ending = dice.choice(("stays", "after-end", "half"))
    if plan.input == "terminal":
        plan.input = "pipe"
    draw_end_options(dice, plan)


def plan_no_input(dice, plan):
    """-d: what is there as input isn't touched."""
    plan.no_input = True
    draw_input(dice, plan, draw_size(dice, 3000))
    plan.input_ends = dice.random() < 0.5 or plan.input in ("file", "null")
    plan.speech = draw_pieces(dice, draw_size(dice))
    plan.ending = dice.choice(("half", "close"))
    draw_end_options(dice, plan)


def plan_stuck(dice, plan):
    """The far end ends its direction, and then doesn't read the rest of what it is sent."""
    draw_input(dice, plan, dice.choice((dice.randint(1, 5000), dice.randint(3000, 9000) * KIB)))
    plan.speech = draw_pieces(dice, draw_size(dice, 70000))
    plan.far_stops = dice.randint(0, min(plan.input_size, 20000))
    plan.far_buffer = 8192
    plan.ending = "half"
    plan.input_ends = plan.input in ("file", "null") or dice.random() < 0.5
    draw_end_options(dice, plan, default=False)


def plan_cut(dice, plan):
    """TLS ends without close_notify, as when somebody on the way cuts it."""
    plan.tls = dice.choice(("proxy", "target"))
    draw_input(dice, plan, draw_size(dice, 5000))
    plan.speech = draw_speech(dice, plan, dice.randint(1, 70000))
    plan.ending = "cut"
    draw_end_options(dice, plan)


KINDS = {
    "input-first": (plan_input_first, 24),
    "slow-reader": (plan_slow_reader, 4),
    "slow-far-end": (plan_slow_far_end, 4),
    "far-first": (plan_far_first, 16),
    "half-early": (plan_half_early, 8),
    "far-closes": (plan_far_closes, 8),
    "reset": (plan_reset, 10),
    "unread": (plan_unread, 5),
    "reader-leaves": (plan_reader_leaves, 10),
    "both-leave": (plan_both_leave, 3),
    "quit": (plan_quit, 5),
    "no-input": (plan_no_input, 3),
    "stuck": (plan_stuck, 5),
    "cut": (plan_cut, 3),
}


def draw(seed, number, tls=True, kinds=None):
    """The round of this number."""
    dice = random.Random(f"{seed}:{number}")
    names = [name for name in KINDS if (not kinds or name in kinds) and (tls or name != "cut")]
    kind = dice.choices(names, [KINDS[name][1] for name in names])[0]
    plan = Plan(seed, number, kind)
    draw_ends(dice, plan)
    if not tls:
        plan.tls = ""
    draw_pace(dice, plan)
    KINDS[kind][0](dice, plan)
    return plan


def make_bare(plan):
    """For a program that half-closes at once and has no options for it."""
    words = iter(plan.quiet_options)
    plan.quiet_options = []
    for word in words:
        if word in ("--shutdown-after", "--linger"):
            next(words)
        else:
            plan.quiet_options.append(word)
    plan.silence = 0.0 if plan.silence is not None else None
    plan.linger = DEFAULT_LINGER
