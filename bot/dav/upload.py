"""Put objects into one collection so that each is there once, however often this is run or cut short."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Collection as Some
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from bot.dav.client import Collection
from bot.dav.compare import differences, digest, uid_of
from bot.dav.ledger import Intent, Ledger
from bot.dav.occurrences import Budget
from bot.dav.plan import Item, Step, Stored, Todo, object_name, plan_upload
from bot.dav.protocol import Put
from bot.dav.sending import Sent, send_surely
from bot.errors import DavFull, DavLoginRefused
from bot.model import ItemNote, Progress

OnProgress = Callable[[Progress], None]

_FIRST: Final = 4  # items of the first batch: enough to see that we may write here
_BATCH: Final = 100
_SKIPS: Final[Mapping[Todo, str]] = {Todo.DIFFERS: "differs", Todo.REMOVED: "removed-by-user"}


@dataclass(slots=True)
class Outcome:
    """What happened to every item of one upload."""

    imported: int = 0
    updated: int = 0
    same: int = 0
    repaired: list[ItemNote] = field(default_factory=list)
    skipped: list[ItemNote] = field(default_factory=list)
    failed: list[ItemNote] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Count what happened in another collection too."""
        self.imported += other.imported
        self.updated += other.updated
        self.same += other.same
        self.repaired += other.repaired
        self.skipped += other.skipped
        self.failed += other.failed

    def skip(self, item: Item, code: str) -> None:
        self.skipped.append(ItemNote(name=item.name, code=code))

    def fail(self, item: Item, code: str) -> None:
        self.failed.append(ItemNote(name=item.name, code=code))

    def repair(self, item: Item, codes: Iterable[str]) -> None:
        self.repaired += [ItemNote(name=item.name, code=code) for code in codes]


def apply_upload(
    collection: Collection,
    items: Sequence[Item],
    user: str,
    on_progress: OnProgress | None = None,
    ledger: Ledger | None = None,
) -> Outcome:
    """Put what is missing, update what we wrote and nobody touched, read it all back, and return what became of it.

    Without a ledger nothing is ever updated.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken, DavFull, DiskFailed, JournalBroken: run again later;
            what is there stays.
    """
    if ledger is None:
        with Ledger(None, "") as own:
            return _Upload(collection, user, own, on_progress).run(items)
    return _Upload(collection, user, ledger, on_progress).run(items)


def preview_upload(collection: Collection, items: Iterable[Item], ledger: Ledger | None = None) -> Outcome:
    """Return what an upload would do now, without writing anything."""
    wanted = [*items]
    known = ledger.entries(collection.path) if ledger else {}
    stored, _ = fetch_stored(collection, {item.uid for item in wanted})
    outcome = Outcome()
    for step in plan_upload(wanted, stored, known):
        if step.todo in {Todo.PUT, Todo.UPDATE}:
            if too_big(collection, step.item, outcome):
                continue
            outcome.imported += step.todo is Todo.PUT
            outcome.updated += step.todo is Todo.UPDATE
            outcome.repair(step.item, step.item.repairs)
        else:
            _settled(step, outcome)
    return outcome


def fetch_stored(collection: Collection, uids: Some[str]) -> tuple[dict[str, Stored], set[str]]:
    """Return the objects of these UIDs by UID, whatever they are called, and the hrefs of all there are."""
    hrefs = collection.list()
    return _by_uid(collection, hrefs, uids), {*hrefs}


def too_big(collection: Collection, item: Item, outcome: Outcome) -> bool:
    """Note an item that the server has no room for by its own word, with its size; say whether it is one."""
    if len(item.data) <= collection.max_bytes:
        return False
    sizes = f"{len(item.data) / 1e6:.1f} MB, at most {collection.max_bytes / 1e6:.1f} MB"
    outcome.failed.append(ItemNote(name=f"{item.name} ({sizes})".strip(), code=Put.TOO_BIG.value))
    return True


def _by_uid(collection: Collection, hrefs: Iterable[str], uids: Some[str]) -> dict[str, Stored]:
    found: dict[str, Stored] = {}
    for href, (etag, data) in collection.fetch(hrefs):
        uid = uid_of(data)
        if uid in uids and uid not in found:
            found[uid] = Stored(href=href, etag=etag, digest=digest(data))
    return found


def _settled(step: Step, outcome: Outcome) -> None:
    """Count an item with which nothing is to be done."""
    if step.todo is Todo.SAME:
        outcome.same += 1
    else:
        outcome.skip(step.item, _SKIPS[step.todo])


class _Upload:
    """One run of one collection."""

    def __init__(
        self, collection: Collection, user: str, ledger: Ledger, on_progress: OnProgress | None
    ) -> None:
        self.collection, self.user, self.ledger = collection, user, ledger
        self.on_progress = on_progress
        self.outcome = Outcome()
        self.budget = Budget()
        self.seen: set[str] = set()  # hrefs at the start
        self.denied: list[Item] = []
        self.stored = 0

    def run(self, items: Sequence[Item]) -> Outcome:
        collection, path = self.collection, self.collection.path
        stored, self.seen = fetch_stored(collection, {item.uid for item in items})
        steps = plan_upload(items, stored, self.ledger.entries(path))
        settled = [step for step in steps if step.todo not in {Todo.PUT, Todo.UPDATE}]
        for step in settled:
            _settled(step, self.outcome)
        self.ledger.confirm(path, [(step.item.uid, _etag_of(step)) for step in settled if step.settles])
        todo = [
            step
            for step in steps
            if step.todo in {Todo.PUT, Todo.UPDATE} and not too_big(collection, step.item, self.outcome)
        ]
        total, done = len(items), len(items) - len(todo)
        with ThreadPoolExecutor(max_workers=max(1, collection.connections)) as threads:
            for batch in _batches(todo):
                self._batch(batch, threads, done, total)
                done += len(batch)
        self._judge_denied(final=True)
        self._tell(total, total)
        return self.outcome

    def _batch(self, batch: Sequence[Step], threads: ThreadPoolExecutor, done: int, total: int) -> None:
        path = self.collection.path
        hrefs = {step.item.uid: self._href(step) for step in batch}
        occupied = self._occupied(batch, hrefs)
        wanted = [step for step in batch if step not in occupied]
        self.ledger.intend(
            path,
            [Intent(uid=step.item.uid, href=hrefs[step.item.uid], digest=step.digest) for step in wanted],
        )
        results = [(step, Sent(Put.EXISTS)) for step in occupied]
        results += self._send(wanted, hrefs, threads, done, total)
        stored = [(step, sent) for step, sent in results if sent.put is Put.STORED]
        self._verify(stored, hrefs)
        self._look_up(
            [step for step, sent in results if sent.put in {Put.EXISTS, Put.CONFLICT}], dict(results)
        )
        for step, sent in results:
            if sent.put not in {Put.STORED, Put.EXISTS, Put.CONFLICT}:
                self._refused(step.item, sent.put)
        self.ledger.withdraw(
            path, [step.item.uid for step, sent in results if sent.put is not Put.STORED and step in wanted]
        )
        if any(sent.put is Put.FULL for _, sent in results):
            raise DavFull(address=self.user)
        self._judge_denied()

    def _send(
        self,
        steps: Sequence[Step],
        hrefs: Mapping[str, str],
        threads: ThreadPoolExecutor,
        done: int,
        total: int,
    ) -> list[tuple[Step, Sent]]:
        """Send a batch; a failure of the connection is raised once the others of the batch have come back."""

        def one(number: int, step: Step) -> Sent:
            self._tell(done + number, total)
            return send_surely(self.collection, step, hrefs[step.item.uid])

        if self.collection.connections <= 1:
            return [(step, one(number, step)) for number, step in enumerate(steps)]
        futures = [threads.submit(one, number, step) for number, step in enumerate(steps)]
        return [(step, future.result()) for step, future in zip(steps, futures, strict=True)]

    def _occupied(self, batch: Sequence[Step], hrefs: Mapping[str, str]) -> list[Step]:
        """Return new items whose name was taken since we looked; only where the server would overwrite (SOGo)."""
        if self.collection.profile.honours_if_none_match:
            return []
        there = self.collection.list().keys()
        return [step for step in batch if step.todo is Todo.PUT and hrefs[step.item.uid] in there]

    def _verify(self, stored: Sequence[tuple[Step, Sent]], hrefs: Mapping[str, str]) -> None:
        """Read a batch back; only what is there counts, and what the server changed is named."""
        there = dict(self.collection.fetch(hrefs[step.item.uid] for step, _ in stored))
        confirmed: list[tuple[str, str]] = []
        lost: list[str] = []
        for step, sent in stored:
            item = step.item
            etag, data = there.get(hrefs[item.uid], ("", b""))
            if uid_of(data) != item.uid:
                lost.append(item.uid)
                self.outcome.fail(item, "not-stored")
                continue
            self.stored += 1
            self.outcome.imported += step.todo is Todo.PUT
            self.outcome.updated += step.todo is Todo.UPDATE
            self.outcome.repair(item, (*item.repairs, *self._changed(item.data, data)))
            confirmed.append((item.uid, sent.etag or etag))
        self.ledger.confirm(self.collection.path, confirmed)
        self.ledger.withdraw(self.collection.path, lost)

    def _changed(self, sent: bytes, stored: bytes) -> Iterator[str]:
        if sent.replace(b"\r\n", b"\n").strip() == stored.replace(b"\r\n", b"\n").strip():
            return
        if self.budget.moved(sent, stored):
            yield "dates-changed"
        yield from differences(sent, stored)

    def _look_up(self, steps: Sequence[Step], results: Mapping[Step, Sent]) -> None:
        """Find out about items that the server says it has: the same, another one, or it only does not like them."""
        if not steps:
            return
        uids = {step.item.uid: step for step in steps}
        own = {self._href(step) for step in steps}
        hrefs = [href for href in self.collection.list() if href not in self.seen or href in own]
        found = _by_uid(self.collection, hrefs, uids)
        for uid, step in uids.items():
            there = found.get(uid)
            if there is not None and there.digest == step.digest:
                self.outcome.same += 1
            elif there is not None:
                self.outcome.skip(step.item, "differs")
            elif results[step].put is Put.CONFLICT:
                self.outcome.skip(step.item, Put.CONFLICT.value)
            else:
                self.outcome.fail(step.item, Put.REFUSED.value)

    def _refused(self, item: Item, put: Put) -> None:
        if put is Put.DENIED:
            self.denied.append(item)
        elif put is not Put.FULL:
            self.outcome.fail(item, put.value)

    def _judge_denied(self, *, final: bool = False) -> None:
        """Decide whether items were denied, or we were: a server that took others means the items."""
        if self.denied and not self.stored and (final or len(self.denied) >= _FIRST):
            raise DavLoginRefused(address=self.user)
        if final:
            for item in self.denied:
                self.outcome.fail(item, Put.REFUSED.value)

    def _href(self, step: Step) -> str:
        return step.there.href if step.there else self.collection.href(object_name(step.item.uid))

    def _tell(self, done: int, total: int) -> None:
        if self.on_progress:
            self.on_progress(Progress(done=done, total=total))


def _etag_of(step: Step) -> str:
    """Return the ETag of what an earlier run stored unseen; "" where somebody else may have written it."""
    return step.there.etag if step.there and step.there.digest == step.digest else ""


def _batches(steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    if steps:
        yield steps[:_FIRST]
    for start in range(_FIRST, len(steps), _BATCH):
        yield steps[start : start + _BATCH]
