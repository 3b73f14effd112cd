"""The command line: `tertulia serve` and the other commands."""

import os
import sys
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from adapters.clock import Clock
from resolvers.errors import ChatError
from schema.api import printed
from server import logs, ownership, seeding
from server.opening import CannotStart, FirstAdmin, add_admin, open_house, prepare_data, upgrade
from server.serving import serve as run_server
from server.settings import Settings
from server.workers import run_loop, serve_with_workers

T = TypeVar("T")

cli = typer.Typer(
    name="tertulia",
    help="A self-hosted chat server with one typed GraphQL API.",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_console = Console()

Data = Annotated[
    Path | None,
    typer.Option(help="Folder of the database and the secret key [TERTULIA_DATA, default: data]."),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        help="sqlite:///path or postgres://... [TERTULIA_DATABASE_URL, default: in data]."
    ),
]


@cli.callback()
def tertulia(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True)
    ] = False,
) -> None:
    """A self-hosted chat server with one typed GraphQL API."""
    if show_version:
        typer.echo(version("tertulia"))
        raise typer.Exit


@cli.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on [TERTULIA_HOST, default: 127.0.0.1].")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on [TERTULIA_PORT, default: 8000].")
    ] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    bus_url: Annotated[
        str | None,
        typer.Option(help="memory:// or redis://... [TERTULIA_BUS_URL, default: memory://]."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="The name in everybody's address [TERTULIA_NAME, default: localhost]."),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(help="How people reach the server [TERTULIA_PUBLIC_URL, default: host:port]."),
    ] = None,
    allowed_hosts: Annotated[
        str | None,
        typer.Option(
            help="Other names under which it is reached, separated by commas "
            "[TERTULIA_ALLOWED_HOSTS]."
        ),
    ] = None,
    cors_origins: Annotated[
        str | None,
        typer.Option(
            help="Other sites whose pages may use it, separated by commas [TERTULIA_CORS_ORIGINS]."
        ),
    ] = None,
    tls_cert: Annotated[
        str | None,
        typer.Option(
            help="A certificate in PEM: it then speaks https [TERTULIA_TLS_CERT]. "
            "See `tertulia certificate`."
        ),
    ] = None,
    tls_key: Annotated[
        str | None, typer.Option(help="The certificate's private key in PEM [TERTULIA_TLS_KEY].")
    ] = None,
    registration: Annotated[
        str | None,
        typer.Option(
            help="Who may make an account: open, invite or closed "
            "[TERTULIA_REGISTRATION, default: closed]."
        ),
    ] = None,
    rate_limits: Annotated[
        str | None, typer.Option(help="on or off [TERTULIA_RATE_LIMITS, default: on].")
    ] = None,
    introspection: Annotated[
        str | None,
        typer.Option(
            help="Whether clients are told the schema: on or off "
            "[TERTULIA_INTROSPECTION, default: on]."
        ),
    ] = None,
    persisted_operations: Annotated[
        str | None,
        typer.Option(
            help="A manifest of the only documents to execute [TERTULIA_PERSISTED_OPERATIONS]."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="How many processes serve; several need a redis:// bus "
            "[TERTULIA_WORKERS, default: 1]."
        ),
    ] = None,
    admin_username: Annotated[
        str | None,
        typer.Option(help="Of the first admin [TERTULIA_ADMIN_USERNAME, default: admin]."),
    ] = None,
) -> None:
    """Serve the API until SIGTERM or Ctrl-C.

    The first start makes the data folder, a secret key, the database and an admin, whose
    password is TERTULIA_ADMIN_PASSWORD or is made up and printed once.
    """
    settings = _settings(**locals())
    serving = serve_with_workers if settings.workers > 1 else run_server
    _run(serving(settings, _started))


@cli.command()
def seed(
    data: Data = None,
    database_url: DatabaseUrl = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Delete everything in the database first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --reset.")] = False,
) -> None:
    """Fill a demo with people, channels and a few thousand messages."""
    settings = _settings(data=data, database_url=database_url)
    if reset:
        if not yes:
            typer.confirm(f"Delete everything in {settings.database}?", abort=True)
        _guarded(lambda: seeding.reset(settings))
    _run(seeding.seed(settings, _console))


@cli.command()
def create_admin(
    username: Annotated[str, typer.Argument(help="The new admin's username.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    password: Annotated[
        str | None,
        typer.Option(
            envvar="TERTULIA_ADMIN_PASSWORD", help="The password; asked for if not given."
        ),
    ] = None,
) -> None:
    """Make an admin account."""
    settings = _settings(data=data, database_url=database_url)
    secret = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)

    async def create() -> None:
        async with open_house(settings) as house:
            await add_admin(house, username, secret)

    _run(create())
    typer.echo(f"{username} is an admin now.")


@cli.command()
def reset_password(
    username: Annotated[str, typer.Argument(help="Whose password.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Take away their second factor, too.")
    ] = False,
) -> None:
    """Print a link with which somebody chooses a new password, once and within a day."""
    settings = _settings(data=data, database_url=database_url)

    async def reset() -> None:
        async with open_house(settings) as house:
            link = await ownership.reset_password(house, username, second_factor=second_factor)
        typer.echo(f"Within a day, while the server runs: {link.url}")

    _run(reset())


@cli.command()
def rotate_secret(
    data: Data = None,
    database_url: DatabaseUrl = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Make what was signed until now worthless at once.")
    ] = False,
) -> None:
    """Sign tokens and links with a new key.

    A running server takes it within a second. What the key before has signed stays good until the
    next rotation, or until it expires. Nodes that do not share the folder need the new files.
    """
    settings = _settings(data=data, database_url=database_url)

    async def rotate() -> None:
        await ownership.rotate_secret(settings, forget=forget)

    _run(rotate())
    typer.echo("There is a new secret key.")


audit_cli = typer.Typer(no_args_is_help=True, help="Look after the audit log.")
cli.add_typer(audit_cli, name="audit")


@audit_cli.command("head")
def audit_head(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Print the head of the audit log, to be kept elsewhere: its number and its code."""
    settings = _settings(data=data, database_url=database_url)

    async def show() -> None:
        number, mac = await ownership.audit_head(settings)
        typer.echo(f"{number} {mac}".strip())

    _run(show())


@audit_cli.command("verify")
def audit_verify(
    data: Data = None,
    database_url: DatabaseUrl = None,
    head: Annotated[
        str | None, typer.Option(help="What `audit head` printed at some time, in quotes.")
    ] = None,
) -> None:
    """See whether every entry of the audit log is as it was written; the exit status tells."""
    settings = _settings(data=data, database_url=database_url)

    async def look() -> None:
        number, mac = await ownership.verify_audit(settings, head)
        typer.echo(f"All {number} entries are as they were written. The head: {number} {mac}")

    _run(look())


@cli.command()
def gc(
    data: Data = None,
    database_url: DatabaseUrl = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be taken away.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Also where the database knows of no file at all.")
    ] = False,
) -> None:
    """Take away what on the disk belongs to no file, and look whether all files are there.

    The server may run meanwhile. The exit status is 1 where files are missing: nothing is done
    about those, as their folder may only not be mounted.
    """
    settings = _settings(data=data, database_url=database_url)

    async def collect() -> None:
        found = await ownership.collect(settings, dry_run=dry_run, yes=yes)
        gone = "to go" if dry_run else "gone"
        size = sum(kept.size for kept in found.orphans)
        typer.echo(f"{found.kept} blobs are there, and belong to files.")
        typer.echo(f"{len(found.drafts)} temporary files of broken uploads {gone}.")
        typer.echo(f"{len(found.loose)} blobs that were about to go anyway {gone}.")
        typer.echo(f"{len(found.orphans)} blobs that belong to nothing, {size:,} bytes, {gone}.")
        if found.missing:
            typer.echo(f"{len(found.missing)} blobs are missing: {', '.join(found.missing[:10])}")
            raise typer.Exit(1)

    _run(collect())


@cli.command()
def certificate(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Names and addresses of the server; if absent, this machine's."),
    ] = None,
    data: Data = None,
) -> None:
    """Make a certificate for https at home, by an authority of your own.

    Cameras, notifications and offline use need https on anything but localhost. A certificate
    holds for 13 months; run this again to renew it, start the server anew, and devices need
    not be told.
    """
    # What makes certificates takes longer to load than all the rest of the server.
    from server.certifying import certify  # noqa: PLC0415

    settings = _settings(data=data)
    made = _guarded(lambda: certify(settings.data, names or []))
    typer.echo(made.instructions)


@cli.command()
def migrate(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Bring the database to the present schema, which `serve` also does."""
    settings = _settings(data=data, database_url=database_url)

    async def run() -> None:
        prepare_data(settings.data)
        applied = await upgrade(settings, Clock())
        typer.echo("\n".join(f"applied {name}" for name in applied) or "Nothing to do.")

    _run(run())


@cli.command()
def schema() -> None:
    """Print the GraphQL schema."""
    typer.echo(printed(), nl=False)


def main() -> None:
    """The `tertulia` command."""
    # What the server keeps is nobody else's on this machine to read.
    os.umask(0o077)
    logs.configure()
    cli()


def _settings(**given: Any) -> Settings:
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "settings"
        _fail(f"TERTULIA_{name} is not right: {first['msg']}.")


def _run(work: Coroutine[Any, Any, None]) -> None:
    _guarded(lambda: run_loop(work))


def _guarded(work: Callable[[], T]) -> T:
    """What the work returns; what keeps it from being done is told in one line."""
    try:
        return work()
    except (CannotStart, ChatError) as error:
        _fail(str(error))


def _started(url: str, admin: FirstAdmin | None) -> None:
    typer.echo(f"Tertulia is at {url} and its GraphQL API at {url}/graphql (Ctrl-C stops it)")
    if admin and admin.password:
        typer.echo(
            f"The first admin is {admin.username} with the password {admin.password}\n"
            "It is shown only now. Sign in and change it."
        )
    sys.stdout.flush()


def _fail(line: str) -> NoReturn:
    typer.echo(f"tertulia: {line}", err=True)
    raise typer.Exit(1)
