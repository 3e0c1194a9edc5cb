"""Settings, read from the environment by typed readers that fail loudly.

Every secret may also be given as NAME_FILE. With nothing set at all the result is the embedded
mode: SQLite and a filesystem broker under HONK_DATA, bound to loopback.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from honkweb import quiet
from honkweb.assets import version

env = environ.FileAwareEnv()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- where things are -------------------------------------------------------------------------
HONK_DATA = Path(env.str("HONK_DATA", default=str(BASE_DIR / "var"))).resolve()
HONK_DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
PORT = env.int("PORT", default=8000)
HONK_HOST = env.str("HONK_HOST", default="127.0.0.1")
HONK_URL = env.str("HONK_URL", default=f"http://localhost:{PORT}").rstrip("/")
HONK_REPOSITORIES = [Path(p) for p in env.list("HONK_REPOSITORIES", default=[])]
HONK_ADMIN = env.str("HONK_ADMIN", default="admin")

_public = urlsplit(HONK_URL)
if _public.scheme not in ("http", "https") or not _public.hostname:
    raise ImproperlyConfigured(f"HONK_URL must be an http or https address, not {HONK_URL!r}.")
_is_https = _public.scheme == "https"

# --- what the owner may turn -------------------------------------------------------------------
HONK_AGENTS = env.int("HONK_AGENTS", default=2)
HONK_UNDO_SECONDS = env.float("HONK_UNDO_SECONDS", default=10.0)
HONK_KEPT_MB = env.int("HONK_KEPT_MB", default=1024)  # of rendered diffs, a cache on disk
HONK_PAUSE_SECONDS = env.float("HONK_PAUSE_SECONDS", default=30.0)
HONK_LEASE_SECONDS = env.float("HONK_LEASE_SECONDS", default=60.0)
HONK_REPAIRS = env.int("HONK_REPAIRS", default=2)
HONK_UNSAFE_NO_SANDBOX = env.bool("HONK_UNSAFE_NO_SANDBOX", default=False)
HONK_SANDBOX_PATHS = [Path(p) for p in env.str("HONK_SANDBOX_PATHS", default="").split(":") if p]
HONK_GRACE_SECONDS = env.float("HONK_GRACE_SECONDS", default=10.0)
HONK_AGENT_KEY = env.str("ANTHROPIC_API_KEY", default="")
HONK_AGENT_URL = env.str("ANTHROPIC_BASE_URL", default="")
# Of the services that other agents' programs talk to: name to (key, base URL, empty: the usual).
HONK_MODEL_KEYS = {
    "openai": (env.str("OPENAI_API_KEY", default=""), env.str("OPENAI_BASE_URL", default="")),
    "gemini": (
        env.str("GEMINI_API_KEY", default=""),
        env.str("GOOGLE_GEMINI_BASE_URL", default=""),
    ),
}

# --- security ----------------------------------------------------------------------------------
DEBUG = env.bool("HONK_DEBUG", default=False)


def _secret_key() -> str:
    """The key given, or one made at first run and kept readable by the owner alone."""
    given = str(env.str("HONK_SECRET_KEY", default=""))
    if given:
        if len(given) < 32:
            raise ImproperlyConfigured("HONK_SECRET_KEY is shorter than 32 characters.")
        return given
    path = HONK_DATA / "secret_key"
    if not path.exists():
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(fresh)  # two processes starting at once agree on the first
        except FileExistsError:
            pass
        fresh.unlink()
    return path.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = sorted({"localhost", "127.0.0.1", "[::1]", _public.hostname})
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
if DEBUG and HONK_HOST not in ("127.0.0.1", "localhost", "::1"):
    raise ImproperlyConfigured("HONK_DEBUG shows settings to visitors; it works on loopback only.")
if env.bool("HONK_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if _is_https else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_sockets = sorted(
    {f"{'wss' if _is_https else 'ws'}://{_public.netloc}"}
    | {f"ws://{name}:{PORT}" for name in ("localhost", "127.0.0.1")}
)
CSRF_FAILURE_VIEW = "reviews.http.csrf_failure"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF, *_sockets],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}

# --- application --------------------------------------------------------------------------------
INSTALLED_APPS = [
    "honkweb",
    "reviews.apps.ReviewsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # allauth tells times with it
    "django_htmx",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "reviews.http.SignedInMiddleware",
    "reviews.http.ErrorMiddleware",
]
ROOT_URLCONF = "honkweb.urls"
ASGI_APPLICATION = "honkweb.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "reviews.http.page_context",
            ]
        },
    }
]
STATICFILES_DIRS = [BASE_DIR / "static"]
# requirements.txt stands for what packages bring, htmx among it.
_VERSION = "" if DEBUG else version(BASE_DIR / "static", BASE_DIR / "requirements.txt") + "/"
STATIC_URL = f"static/{_VERSION}"
# What renders, as this process has it: an upgrade may change the files under one that still runs.
HONK_RENDERER = version(BASE_DIR / "reviews", BASE_DIR / "requirements.txt")
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 0
WHITENOISE_IMMUTABLE_FILE_TEST = r"(?!)" if DEBUG else r"."
MEDIA_ROOT = HONK_DATA / "blobs"
LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TZ", default="") or "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- database -----------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")  # empty is the same as not set
IS_FLEET = bool(DATABASE_URL)
REDIS_URL = env.str("REDIS_URL", default="")
if bool(REDIS_URL) != IS_FLEET:
    raise ImproperlyConfigured(
        "Fleet mode needs both DATABASE_URL (PostgreSQL) and REDIS_URL; set the missing one, "
        "or neither for the embedded mode."
    )
if IS_FLEET:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
    # Under ASGI each request has a thread of its own: one that kept its connection would leave it
    # behind, and a hundred requests later the server would take no more.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HONK_DATA / "honk.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;"
                ),
            },
            "TEST": {"NAME": HONK_DATA / "test.sqlite3"},
        }
    }
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if IS_FLEET
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
CHANNEL_LAYERS = {
    "default": (
        {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
        if IS_FLEET
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}
CELERY_BROKER_URL = env.str("HONK_BROKER_URL", default=REDIS_URL) or "filesystem://"

# --- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "reviews.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "reviews.accounts.InviteOnlyAdapter"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Guesses at a password: by address, and by account (reviews.accounts says how that is counted).
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "20/m/ip,20/10m/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # mail addresses play no part here
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _is_https and _public.hostname == "localhost"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# --- logs ---------------------------------------------------------------------------------------
_log_level = env.str("HONK_LOG", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"not_probes": {"()": "honkweb.quiet.NotProbes"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": _log_level},
    "loggers": quiet.loggers(_log_level),
}
