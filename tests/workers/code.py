"""Training code for the tests of workers: what it does, its configuration says."""

import os
import signal
import subprocess
import sys
import time


def train(trial):
    act = getattr(sys.modules[__name__], trial.config["do"])
    return act(trial)


def report_all(trial):
    for epoch in range(trial.epochs):
        trial.report(epoch, loss=float(epoch))


def give_number(trial):
    return 0.5


def give_metrics(trial):
    return {"loss": 0.5, "score": 2}


def give_a_number_as_text(trial):
    return "0.5"


def report_a_number_as_text(trial):
    trial.report(0, loss="0.5")


def give_text(trial):
    return "good"


def give_nothing(trial):
    return None


def leave_out_loss(trial):
    return {"score": 2}


def misreport(trial):
    trial.report(0, score=1.0)


def fail(trial):
    trial.report(0, loss=1.0)
    raise LookupError("no such thing")


def leave(trial):
    sys.exit(3)


def leave_well(trial):
    trial.report(0, loss=1.0)
    sys.exit(0)


def vanish(trial):
    print("about to vanish", flush=True)
    os._exit(7)


def crash(trial):
    os.kill(os.getpid(), signal.SIGSEGV)


def speak(trial):
    print("said")
    print("warned", file=sys.stderr)
    return 1.0


def sleep(trial):
    time.sleep(600)


def repeat(trial):
    """Report every tenth of a second what was known before."""
    for epoch in range(trial.epochs):
        time.sleep(0.1)
        trial.report(epoch, loss=1.0)


def linger(trial):
    """Go on for ever, whatever is said, until a report ends it."""
    epoch = 0
    while True:
        trial.report(epoch, loss=1.0)
        epoch += 1
        time.sleep(0.01)


def fork(trial):
    """Start a process that outlives this one, unless somebody ends it, and say which."""
    child = subprocess.Popen(["sleep", "600"])
    (trial.folder / "child").write_text(str(child.pid))
    time.sleep(600)


def hoard(trial):
    kept = bytearray(400 * 2**20)
    kept[::4096] = b"x" * len(kept[::4096])
    time.sleep(600)


def threads(trial):
    return {"loss": 1.0, "threads": int(os.environ["OMP_NUM_THREADS"])}


def who(trial):
    return {"loss": 1.0, "process": os.getpid()}


def fork_and_forget(trial):
    """Return in a copy of the process first, and a moment later in the process itself."""
    if os.fork() == 0:
        return 100.0
    os.wait()
    return float(trial.number)


def leave_thread(trial):
    """Report from a thread when the trial is over."""
    import threading

    def late():
        time.sleep(0.3)
        trial.report(1, loss=-999.0)

    threading.Thread(target=late, daemon=True).start()
    trial.report(0, loss=1.0)


def slow_epochs(trial):
    """Hear that it is to stop, and end by itself."""
    for epoch in range(trial.epochs):
        trial.report(epoch, loss=1.0)
        time.sleep(0.2)
        if trial.should_stop:
            return


def close_output(trial):
    sys.stdout.close()
    os.close(1)
    return 1.0
