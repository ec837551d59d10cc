"""The commands about evidence: `assay verify`, `assay bundle`, `assay anchor`, `assay keygen`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tasks.evidence.decision import ExitCode
from tasks.project.environment import settle
from tasks.project.errors import ConfigurationError
from tasks.project.lock import project_lock
from tasks.project.paths import Paths
from tasks.project.settings import load_settings

if TYPE_CHECKING:
    from tasks.governance.verification import Against

Project = Annotated[Path, typer.Option("--project", help="The project directory.", show_default="this directory")]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for another run of the project.")]


def verify(
    file: Annotated[
        Path | None,
        typer.Argument(help="A bundle (.zip), or an exported ledger (.jsonl); without one the project is verified."),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", help="Public keys, a file or digits; whatever they did not sign is a fault."),
    ] = None,
    anchor: Annotated[
        list[str] | None, typer.Option("--anchor", help="A root kept elsewhere, SIZE:ROOT, or a file of such lines.")
    ] = None,
    project: Project = Path(),
    wait: Wait = 600,
) -> None:
    """Check the ledger, bundles and promoted models of a project; or one bundle, whose verdict is judged again."""
    against = _against(key, anchor)
    if file is not None:
        _verify_file(file, against)
    settings, paths = load_settings(project), Paths(project.resolve())
    if not paths.state.is_dir() and not settings.ledger.url:
        _without_state(paths, against)
        return
    from tasks.governance.verification import verify_project

    settle(project)
    with project_lock(paths, wait):
        verified = verify_project(paths, settings, against)
    _say(
        verified.faults,
        verified.notes,
        f"{verified.entries} ledger entries, {verified.bundles} bundles and {verified.models} promoted models checked",
    )


def bundle(
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="The night.", show_default="the newest decision"),
    ] = None,
    run: Annotated[str | None, typer.Option("--run", help="The run, where a night has several.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where to.", show_default="beside the evidence")] = None,
    project: Project = Path(),
) -> None:
    """Write the evidence of one decision as one file, which `assay verify FILE`, or Python alone, verifies anywhere."""
    from tasks.governance.bundle_export import export_bundle
    from tasks.governance.ledger_opening import read_ledger

    settings, paths = load_settings(project), Paths(project.resolve())
    ledger = read_ledger(paths, settings)
    typer.echo(str(export_bundle(paths, ledger, as_of.date() if as_of else None, run, out)))


def anchor(
    out: Annotated[Path | None, typer.Option("--out", help="Write the checkpoint, to be timestamped.")] = None,
    token: Annotated[
        Path | None, typer.Option("--token", help="Keep an RFC 3161 token over the checkpoint of --checkpoint.")
    ] = None,
    authority: Annotated[
        Path | None, typer.Option("--authority", help="The root certificates (PEM) of who gave the token.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", help="The file that was timestamped.", show_default="the newest checkpoint"),
    ] = None,
    export: Annotated[Path | None, typer.Option("--export", help="Write the whole ledger too (.jsonl).")] = None,
    project: Project = Path(),
) -> None:
    """Print the ledger's root, to be kept elsewhere: it alone shows that newest entries were cut off."""
    from tasks.governance.ledger_file import to_lines
    from tasks.governance.ledger_opening import read_ledger
    from tasks.governance.root_anchors import anchor_of, keep_timestamped

    if token is None and (authority or checkpoint):
        fault = "expected the token that goes with --checkpoint and --authority, received none; nothing was kept"
        raise ConfigurationError("--token", [fault])
    settings, paths = load_settings(project), Paths(project.resolve())
    ledger = read_ledger(paths, settings)
    newest = ledger.checkpoint()
    if newest is None:
        raise ConfigurationError("assay anchor", ["expected a ledger with entries, found none; run a night first"])
    if token is not None:
        if authority is None:
            fault = (
                "expected the root certificates of who gave the token, received none; without them it proves nothing"
            )
            raise ConfigurationError("--authority", [fault])
        timestamp = keep_timestamped(paths, ledger.entries(), checkpoint, token, authority)
        typer.echo(f"kept in {paths.anchors}: the checkpoint existed at {timestamp}")
        return
    if out is not None:
        out.write_bytes(newest.content)
    if export is not None:
        export.write_bytes(to_lines(ledger.entries(), ledger.roots()))
    typer.echo(str(anchor_of(newest)))


def keygen(
    out: Annotated[Path, typer.Option("--out", help="File of the private key; '.pub' is added for the public one.")],
) -> None:
    """Make the keys that sign the ledger (ed25519) and the models (P-256); name them as [governance] signing_key."""
    from tasks.governance.keys import PUBLIC, write_keys

    keys = write_keys(out)
    typer.echo(f"private keys {out}, readable by you alone; public keys {out}{PUBLIC}:")
    typer.echo(f"  ledger {keys.ledger.public}\n  models {keys.models.public}")


def _against(keys: list[str] | None, anchors: list[str] | None) -> Against:
    from tasks.governance.keys import read_public
    from tasks.governance.root_anchors import read_anchors
    from tasks.governance.signatures import Keys
    from tasks.governance.verification import Against

    read = tuple(one for named in anchors or () for one in read_anchors(named))
    trusted = tuple(one for named in keys or () for one in read_public(named))
    return Against(read, Keys(trusted, required=bool(keys)))


def _verify_file(file: Path, against: Against) -> None:
    if file.suffix == ".jsonl":
        from tasks.governance.ledger_file import verify_ledger_file

        said = verify_ledger_file(file, against.anchors, against.keys)
    else:
        from tasks.governance.bundle_verification import verify_archive

        said = verify_archive(file, against)
    _say(*said, f"{file.name} checked")


def _without_state(paths: Paths, against: Against) -> None:
    if against.anchors:
        _say((f"expected the ledger {paths.ledger}, for a root of it was kept, found none",), (), "nothing checked")
    typer.echo("nothing was decided yet, so there is nothing to verify")


def _say(faults: Sequence[str], notes: Sequence[str], checked: str) -> None:
    for fault in faults:
        typer.echo(f"✗ {_plain(fault)}", err=True)
    for note in notes:
        typer.echo(f"  {_plain(note)}")
    typer.echo(f"{checked}: {len(faults)} fault{'' if len(faults) == 1 else 's'}")
    raise typer.Exit(ExitCode.COULD_NOT_RUN if faults else ExitCode.PASS)


def _plain(said: str) -> str:
    """Without control characters: what a stranger's bundle says must not steer the terminal."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in said)
