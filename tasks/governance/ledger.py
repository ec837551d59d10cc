"""The ledger: the append-only, hash-chained record of every decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tasks.governance.entry import GENESIS, ChampionEntry, Entry, EntryKind, Sealed, seal
from tasks.governance.ledger_chain import StoredRow, chain_faults
from tasks.governance.ledger_roots import Checkpoint, StoredRoot, checkpoints, new_roots, root_faults
from tasks.governance.ledger_store import ENTRIES, ROOTS, LedgerStore, Session, SqliteStore
from tasks.governance.signing import Signer
from tasks.project.errors import ChampionMoved, CouldNotRun, TamperedArtifact


@dataclass(frozen=True, slots=True)
class JudgedAgainst:
    """The champion that a challenger was compared with.

    Attributes:
        digest: SHA-256 of its files; None when there was none.
    """

    digest: str | None


class Ledger:
    """A project's ledger, in one SQLite file or in a PostgreSQL database.

    Each entry is sealed with SHA-256 over its canonical JSON, its sequence number and the seal before it, so a change,
    a deletion, an insertion or a reordering breaks the chain at that place. Beside each entry is the Merkle root over
    all entries so far, signed where there is a key: who has not the key cannot rewrite the chain from a change on. What
    neither can show is a cut tail: a ledger without its newest entries, or no ledger at all, is whole in itself; only a
    root kept elsewhere shows it.

    Whatever is read is checked against the chain first: nothing is believed from a broken ledger, and nothing is
    appended to one. It reads no clock; the time of an entry comes with it.

    Source: Haber and Stornetta, How to time-stamp a digital document, Journal of Cryptology 3 (1991).

    Attributes:
        path: the SQLite file; None where its rows are elsewhere.
    """

    def __init__(self, place: Path | LedgerStore, signer: Signer | None = None) -> None:
        """Name the ledger; what is missing is made by the first append.

        Args:
            place: the SQLite file, or another place for its rows.
            signer: the key that signs what is appended; None leaves it unsigned.
        """
        self.path = place if isinstance(place, Path) else None
        self._store: LedgerStore = SqliteStore(place) if isinstance(place, Path) else place
        self.signer = signer

    def append(self, entry: Entry) -> Sealed:
        """Append one entry; see `append_all`."""
        return self.append_all((entry,))[0]

    def append_all(self, entries: Sequence[Entry], judged_against: JudgedAgainst | None = None) -> tuple[Sealed, ...]:
        """Append several entries in one transaction: all of them are in the ledger, or none.

        An entry of a night, run and kind that is there already, equal in all but its time, is not appended again.

        Args:
            entries: what to append, in order.
            judged_against: the champion that a promotion among the entries was judged against; it must still serve.
                None compares nothing.

        Returns:
            The sealed entries, those that were there already included.

        Raises:
            TamperedArtifact: the chain is broken.
            ChampionMoved: another model serves by now; nothing is appended.
            CouldNotRun: the same night, run and kind is recorded with another content, or the file cannot be written.
        """
        with self._store.writing() as session:
            chain = list(self._checked(session))
            _same_champion(chain, entries, judged_against)
            sealed = []
            for entry in entries:
                known = next((one for one in chain if one.entry.key == entry.key), None)
                if known is None:
                    named = entry.model_copy(update={"signer": self.signer.public if self.signer else ""})
                    known = seal(named, len(chain) + 1, chain[-1].hash if chain else GENESIS)
                    session.insert(ENTRIES, (known.sequence, named.canonical, known.previous, known.hash))
                    chain.append(known)
                _same_content(known, entry)
                sealed.append(known)
            kept = len(_stored_roots(session))
            for made in new_roots(chain, kept, self.signer):
                session.insert(ROOTS, (made.size, made.root, made.signature))
            return tuple(sealed)

    def entries(self) -> tuple[Sealed, ...]:
        """Every entry, in the order of the chain.

        Raises:
            TamperedArtifact: the chain is broken.
            CouldNotRun: the file cannot be read.
        """
        if not self._store.exists():
            return ()
        with self._store.reading() as session:
            return self._checked(session)

    def find(self, as_of: date, run: str, kind: EntryKind) -> Sealed | None:
        """The entry of one kind of one run of a night; None when there is none."""
        return next((one for one in self.entries() if one.entry.key[:3] == (as_of, run, kind)), None)

    def decided(self, as_of: date) -> Sealed | None:
        """The last night decision of a night; None when the night was not decided."""
        nights = [s for s in self.entries() if s.entry.kind is EntryKind.NIGHT and s.entry.as_of == as_of]
        return nights[-1] if nights else None

    def champion(self, as_of: date) -> ChampionEntry | None:
        """The model that was in service at the end of a night.

        It is the promotion of the newest night up to `as_of`, whenever it was recorded: a night out of a backlog sees
        the champion of its own time. Of several promotions of one night the last recorded one counts.
        """
        return newest_promotion(self.entries(), as_of)

    def latest_champion(self) -> ChampionEntry | None:
        """The model of the newest night's promotion: the one in service now."""
        return self.champion(date.max)

    def roots(self) -> tuple[StoredRoot, ...]:
        """The kept root after each entry; none in a ledger from before there were roots."""
        if not self._store.exists():
            return ()
        with self._store.reading() as session:
            return _stored_roots(session)

    def checkpoint(self) -> Checkpoint | None:
        """The root over all entries, to be kept elsewhere; None while there is no entry."""
        return next(reversed(checkpoints(self.entries())), None)

    def verify(self) -> tuple[str, ...]:
        """Every break of the chain and of its roots, in words; empty when it is whole. See the class for its limits."""
        if not self._store.exists():
            return ()
        try:
            with self._store.reading() as session:
                rows, roots = _stored(session), _stored_roots(session)
                faults = chain_faults(rows) or root_faults([row.sealed() for row in rows], roots)
                return (*_guard_faults(session), *faults)
        except TamperedArtifact as error:
            return (str(error),)

    def _checked(self, session: Session) -> tuple[Sealed, ...]:
        rows = _stored(session)
        faults = chain_faults(rows)
        if not faults:
            chain = tuple(row.sealed() for row in rows)
            faults = root_faults(chain, _stored_roots(session), every=False)
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            raise TamperedArtifact(
                f"expected the whole chain of {self._store.name}, but: {faults[0]}{more}; nothing is read from it or "
                "added to it: see `assay verify`, then put back a copy that is whole"
            )
        return chain


def newest_promotion(chain: Sequence[Sealed], as_of: date = date.max) -> ChampionEntry | None:
    """The model of the newest night's promotion up to a night; None where nothing was promoted."""
    promotions = [s for s in chain if s.entry.kind is EntryKind.PROMOTION and s.entry.as_of <= as_of]
    newest = max(promotions, key=lambda sealed: (sealed.entry.as_of, sealed.sequence), default=None)
    return None if newest is None else ChampionEntry.of(newest)


def _same_champion(chain: Sequence[Sealed], entries: Sequence[Entry], judged_against: JudgedAgainst | None) -> None:
    """Compare before set: a promotion takes the place of the model that it was compared with, and of no other."""
    if judged_against is None:
        return
    known = {sealed.entry.key for sealed in chain}
    promotion = next((one for one in entries if one.kind is EntryKind.PROMOTION and one.key not in known), None)
    if promotion is None:
        return
    serving = newest_promotion(chain)
    if (serving.digest if serving else None) != judged_against.digest:
        raise ChampionMoved(
            f"expected the champion that version {promotion.model_version} was judged against, but "
            f"{f'version {serving.version}' if serving else 'none'} serves by now; nothing was promoted: judge again"
        )


def _same_content(known: Sealed, entry: Entry) -> None:
    differing = known.entry.differs_from(entry)
    if differing:
        raise CouldNotRun(
            f"expected the {entry.kind} entry of night {entry.as_of}, run {entry.run}, to be the recorded one (number "
            f"{known.sequence}), but it differs in {', '.join(differing)}; a decision is never rewritten: "
            "find out what changed between the two runs, and judge again under a new run"
        )


def _stored(session: Session) -> tuple[StoredRow, ...]:
    return tuple(StoredRow(*row) for row in session.rows(ENTRIES))


def _stored_roots(session: Session) -> tuple[StoredRoot, ...]:
    return tuple(StoredRoot(*row) for row in session.rows(ROOTS))


def _guard_faults(session: Session) -> tuple[str, ...]:
    return tuple(f"the guard '{name}' is missing: entries could be rewritten" for name in session.missing_guards())
