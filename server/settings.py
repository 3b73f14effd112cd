"""Settings: TERTULIA_* variables, or flags of the same name."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from resolvers import limits

_Origin = Annotated[str, Field(pattern=r"^https?://[^/\s]+$"), AfterValidator(str.lower)]
_Host = Annotated[str, Field(pattern=r"^[\w.-]+$|^[\da-fA-F:]+$"), AfterValidator(str.lower)]


_MediaType = Annotated[str, Field(pattern=r"^[a-z]+/(\*|[a-z0-9][a-z0-9.+-]*)$")]

_StunUrl = Annotated[str, Field(pattern=r"^stuns?:[^\s?]+$")]
_TurnUrl = Annotated[str, Field(pattern=r"^turns?:[^\s?]+(\?transport=(udp|tcp))?$")]

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - not bound to, but told apart


def _listed(given: object) -> object:
    """What a variable lists, separated by commas; `none` is nothing."""
    if given == "none":
        return []
    if isinstance(given, str):
        return [item.strip().lower() for item in given.split(",") if item.strip()]
    return given


def _assigned(given: object) -> object:
    """What a variable assigns, `name=value` each, separated by commas."""
    if isinstance(given, str):
        parts = [part.partition("=") for part in given.split(",") if part.strip()]
        return {name.strip(): value.strip() for name, _, value in parts}
    return given


Shortcut = Literal["plans", "people", "reads", "sharing"]


class Settings(BaseSettings):
    """Everything that the owner of a server can set; each has a default that works."""

    model_config = SettingsConfigDict(env_prefix="TERTULIA_", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    data: Path = Path("data")
    """Folder of the database, the secret key and all files."""
    database_url: str | None = Field(default=None, pattern=r"^(sqlite|postgres)://.+")
    bus_url: str = Field(default="memory://", pattern=r"^(memory|redis|rediss)://")
    name: str = Field(default="localhost", min_length=1, max_length=255)
    """The server's name in everybody's address."""
    public_url: _Origin | None = None
    """How people reach the server, for links that it hands out."""
    allowed_hosts: Annotated[tuple[_Host, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Names under which the server is reached, besides the loopback's and that of public_url."""
    cors_origins: Annotated[tuple[_Origin, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Other sites whose pages may use the API."""
    tls_cert: Path | None = None
    """A certificate in PEM, with those behind it; the server then speaks https."""
    tls_key: Path | None = None
    """The certificate's private key, in PEM."""
    registration: Literal["open", "invite", "closed"] = "closed"
    rate_limits: Literal["on", "off"] = "on"
    limits: Annotated[dict[str, str], NoDecode, BeforeValidator(_assigned)] = {}
    """Rates in place of the defaults, such as `messages=60/m burst 90, registration=5/h`."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Addresses, or networks, of proxies whose word is taken for where a request comes from."""
    admin_second_factor: Literal["required", "optional"] = "optional"
    """Whether admins can do what is theirs only once they have a second factor."""
    admin_idle_minutes: int = Field(default=60, ge=5)
    """After so many minutes without use an admin's session ends."""
    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    """With it, `/metrics` is there, for who sends it as a bearer token."""
    introspection: Literal["on", "off"] = "on"
    """Whether clients are told the schema, whole or by suggestions."""
    persisted_operations: Path | None = None
    """A manifest of the only documents that are executed."""
    group_size: int = Field(default=50, ge=2, le=500)
    """How many people may be in a GROUP channel."""
    max_cost: int = Field(default=10_000, ge=100)
    """What an operation may cost, in fields to resolve."""
    max_sockets: int = Field(default=100, ge=1)
    """How many sockets one user may have open, on one node."""
    workers: int = Field(default=1, ge=1, le=64)
    """How many processes serve, over one database and a bus that crosses them."""
    max_upload_bytes: int = Field(default=10_000_000, ge=1, le=2**53 - 1)
    """How many bytes a file may have."""
    user_quota_bytes: int = Field(default=10_000_000_000, ge=0, le=2**53 - 1)
    """How many bytes all files of a user may have, every version counted."""
    server_quota_bytes: int = Field(default=100_000_000_000, ge=0, le=2**53 - 1)
    """How many bytes the files of everybody may have."""
    upload_hours: int = Field(default=24, ge=1)
    """For how long an upload by tus that is broken off is waited for."""
    file_types: Annotated[tuple[_MediaType, ...], NoDecode, BeforeValidator(_listed)] = ()
    """The only types of files that are taken, such as `image/*, application/pdf`; none: all."""
    refused_file_types: Annotated[tuple[_MediaType, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Types of files that are refused."""
    files_origin: _Origin | None = None
    """An origin of its own for what users upload, which has to lead to this server, too."""
    clamd: str | None = Field(default=None, pattern=r"^(unix:///.+|tcp://[^/\s:]+:\d+)$")
    """Where ClamAV's clamd listens; with it, files are scanned before anybody gets them."""
    clamd_down: Literal["closed", "open"] = "closed"
    """What becomes of files while clamd is down: nobody gets them, or everybody does."""
    stun_urls: Annotated[tuple[_StunUrl, ...], NoDecode, BeforeValidator(_listed)] = ()
    """STUN servers, by which peers learn how they are reached: `stun:host:port`."""
    turn_urls: Annotated[tuple[_TurnUrl, ...], NoDecode, BeforeValidator(_listed)] = ()
    """TURN servers, which relay for peers that do not reach each other: `turn:host:port`."""
    turn_secret: SecretStr | None = Field(default=None, min_length=16)
    """What these servers share with this one, for credentials that are good for minutes."""
    turn_minutes: int = Field(default=10, ge=1, le=24 * 60)
    """For how many minutes credentials for a TURN server are good to begin with."""
    server_peers: int = Field(default=4, ge=0, le=100)
    """How many may be connected to the server's own peer, to test or to fetch files; 0: none."""
    server_peer_networks: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Networks of this machine's alone, such as 127.0.0.0/8, that this peer connects to."""
    signal_seconds: int = Field(default=60, ge=1, le=60 * 60)
    """For how many seconds signals are kept for peers that are away."""
    event_days: int = Field(default=90, ge=1)
    """How many days the log of events is kept, for those who come back after a time."""
    keep_alive: float = Field(default=20, gt=0)
    """How many seconds lie between signs of life, and for how many one is waited for."""
    presence_grace: float = Field(default=5, ge=0)
    """How many seconds who has lost their last connection is still online."""
    socket_buffer: int = Field(default=1024 * 1024, ge=16 * 1024)
    """How many bytes one who follows live may leave unread."""
    shortcuts: Annotated[tuple[Shortcut, ...], NoDecode, BeforeValidator(_listed)] = (
        "plans",
        "people",
        "reads",
        "sharing",
    )
    """Ways of going faster; without one the same is done step by step, with the same result."""
    request_timeout: float = Field(default=30, gt=0)
    """How many seconds the head and the body of a request each have to arrive."""
    admin_username: str | None = None
    admin_password: SecretStr | None = None
    argon2_memory_kib: int = Field(default=65536, ge=32)
    argon2_passes: int = Field(default=3, ge=1)

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("TERTULIA_TLS_CERT and TERTULIA_TLS_KEY go together")
        return self

    @model_validator(mode="after")
    def _turn_is_whole(self) -> Self:
        if bool(self.turn_urls) != (self.turn_secret is not None):
            raise ValueError("TERTULIA_TURN_URLS and TERTULIA_TURN_SECRET go together")
        return self

    @model_validator(mode="after")
    def _limits_are_known(self) -> Self:
        limits.rates(self.limits)
        for proxy in self.trusted_proxies:
            ip_network(proxy)
        for network in self.server_peer_networks:
            ip_network(network)
        return self

    @property
    def database(self) -> str:
        """The database's url, by default a SQLite file in the data folder."""
        return self.database_url or f"sqlite://{self.data.resolve() / 'tertulia.db'}"

    @property
    def url(self) -> str:
        """How people reach the server."""
        # Whoever listens everywhere is reached under a name, not under that address.
        everywhere = self.host in ANYWHERE
        name = next(iter(self.allowed_hosts), "localhost") if everywhere else self.host
        host = f"[{name}]" if ":" in name else name
        scheme = "http" if self.tls_cert is None else "https"
        return self.public_url or f"{scheme}://{host}:{self.port}"
