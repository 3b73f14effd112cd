"""Settings: TERTULIA_* variables, or flags of the same name."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    public_url: str | None = Field(default=None, pattern=r"^https?://[^/]+$")
    """How people reach the server, for links that it hands out."""
    registration: Literal["open", "invite", "closed"] = "closed"
    rate_limits: Literal["on", "off"] = "on"
    admin_username: str | None = None
    admin_password: SecretStr | None = None
    argon2_memory_kib: int = Field(default=65536, ge=32)
    argon2_passes: int = Field(default=3, ge=1)

    @property
    def database(self) -> str:
        """The database's url, by default a SQLite file in the data folder."""
        return self.database_url or f"sqlite://{self.data.resolve() / 'tertulia.db'}"

    @property
    def url(self) -> str:
        """How people reach the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"
