"""Django's settings. Everything comes from the environment through ``env``; the defaults are the embedded set-up.

Embedded: SQLite in WAL, ``filesystem://`` broker, local media, CPU; all it writes lies under ``IMAGECREATOR_DATA``.
Other services are named by addresses, which ``services`` reads.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from kombu.entity import Exchange, Queue

from generation import targets
from imagecreator import env, services

django_stubs_ext.monkeypatch()  # lets classes such as ModelAdmin[Video] be written at run time

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.path("IMAGECREATOR_DATA", BASE_DIR / "data")
if not DATA_DIR.exists():
    DATA_DIR.mkdir(parents=True, mode=0o700, exist_ok=True)  # sessions and password hashes lie in it
for _folder in ("logs", "uploads", "models", "static"):
    (DATA_DIR / _folder).mkdir(parents=True, exist_ok=True)


def _kept_secret(file: Path) -> str:
    """Return the key in ``file``; the first process that needs one writes it, readable for its owner only."""
    if not file.exists():
        new = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(50))
        with suppress(FileExistsError):
            file.hardlink_to(new)  # complete or not at all, and never over another process's key
        new.unlink()
    return file.read_text()


# ---- the site ----
DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY") or _kept_secret(DATA_DIR / "secret.key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "imagecreator.urls"
WSGI_APPLICATION = "imagecreator.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "csp",
    "imagecreator.files",
    "imagecreator.queue",
    "channels_app",
    "generation",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "imagecreator.middleware.ExpectedErrors",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"display": "imagecreator.display"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ---- people ----
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# ---- words ----
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "UTC")

# ---- database, cache, files ----
DATABASES: dict[str, dict[str, Any]] = {"default": services.database("DATABASE_URL", DATA_DIR)}
CACHES: dict[str, dict[str, Any]] = {"default": services.cache("CACHE_URL", DATA_DIR)}
STORAGES: dict[str, dict[str, Any]] = {
    "default": services.media("MEDIA_STORAGE", DATA_DIR),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", DATA_DIR / "static")  # where `collectstatic` puts them
STATICFILES_DIRS = [BASE_DIR / "static"]
if env.boolean("EMBEDDED_STATIC", not (STATIC_ROOT / "staticfiles.json").exists()):
    # Nobody has run `collectstatic`: serve the sources, so that a checkout works as it is.
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True

# ---- pictures in their places ----
TARGETS = targets.TARGETS  # sizes; channels_app reads them here, as it does not know generation

# ---- uploads ----
FILE_UPLOAD_HANDLERS = ["imagecreator.uploads.LimitedUploadHandler"]
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "uploads"
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # who asks for pictures sends a weight for every LoRA there is
VIDEO_MAX_MB = env.number("VIDEO_MAX_MB", 4096, least=1)
VIDEO_MAX_MINUTES = env.number("VIDEO_MAX_MINUTES", 240, least=1)
VIDEO_MAX_SIDE = env.number("VIDEO_MAX_SIDE", 8192, least=16)
PICTURE_MAX_MB = env.number("PICTURE_MAX_MB", 20, least=1)
PICTURE_MAX_MEGAPIXELS = env.number("PICTURE_MAX_MEGAPIXELS", 40, least=1)

# ---- LoRAs ----
LORA_MAX_MB = env.number("LORA_MAX_MB", 500, least=1)
LORA_CACHE_MB = env.number("LORA_CACHE_MB", 4000)  # copies of what other storages than a folder hold
LORA_IMPORTS_LIVE = 5  # of one person, waiting or worked on
LORA_IMPORTS_DAILY = env.number("LORA_IMPORTS_DAILY", 20)  # of one person in 24 hours; 0: without limit
FETCH_MINUTES = env.number("FETCH_MINUTES", 60, least=1)  # for one download
FETCH_HOSTS = env.words("FETCH_HOSTS")  # that a download may come from; empty: those of Hugging Face and Civitai
HF_TOKEN = env.text("HF_TOKEN")
CIVITAI_TOKEN = env.text("CIVITAI_TOKEN")

# ---- the queue ----
LEASE_SECONDS = env.number("LEASE_SECONDS", 40, least=2)
REAP_SECONDS = env.number("REAP_SECONDS", 30, least=1)
STUCK_SECONDS = env.number("STUCK_SECONDS", 1800, least=10)  # without progress
# What one person may ask for; 0: without limit. An operator changes them for groups and people in the admin.
QUOTA_RUNNING = env.number("QUOTA_RUNNING", 0)
QUOTA_QUEUED = env.number("QUOTA_QUEUED", 200)
QUOTA_DAILY = env.number("QUOTA_DAILY", 2000)
globals().update(services.broker("BROKER_URL", DATA_DIR))  # CELERY_BROKER_URL and what goes with it
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_TASK_DEFAULT_QUEUE = "cpu"
# A worker without -Q serves both lanes.
CELERY_TASK_QUEUES = [Queue(lane, Exchange(lane), lane) for lane in ("cpu", "gpu")]  # type: ignore[no-untyped-call]
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_CONCURRENCY = 1
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False

# ---- the engine ----
PROFILE = env.text("PROFILE", "preview")
MODELS_DIR = env.path("MODELS_DIR", DATA_DIR / "models")
UNCHECKED_PICTURES = env.choice("UNCHECKED_PICTURES", "hold", ("hold", "allow"))  # where a profile has no checker
UNCHECKED_UPLOADS = env.choice("UNCHECKED_UPLOADS", "hold", ("hold", "allow"))  # then, what people bring
SAFETY_SECONDS = env.number("SAFETY_SECONDS", 60, least=1)  # for the checker to look at a picture
SAFETY_BOUNDS = env.bounds(  # what a score may be before the picture is held; 0 where nothing is said
    "SAFETY_BOUNDS", frozenset([f"concept_{n}" for n in range(17)] + [f"special_care_{n}" for n in range(3)])
)
REPORTS_TO_HIDE = env.number("REPORTS_TO_HIDE", 0)  # accounts that report a picture before it is hidden; 0: never

# ---- the language model that writes prompts ----
LANGUAGE_MODEL = env.choice_or_address("LANGUAGE_MODEL", "none", ("none", "worker"))
LANGUAGE_MODEL_NAME = env.text("LANGUAGE_MODEL_NAME")  # what the server at that address calls it
LANGUAGE_MODEL_KEY = env.text("LANGUAGE_MODEL_KEY").strip()
LANGUAGE_MODEL_SECONDS = env.number("LANGUAGE_MODEL_SECONDS", 120, least=1)  # for a prompt, a second try included

# ---- security ----
HTTPS = env.boolean("HTTPS", False)
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
if env.boolean("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
METRICS_TOKEN = env.text("METRICS_TOKEN")  # without one, /metrics does not exist

# ---- e-mail ----
SITE_ADDRESS = env.text("SITE_ADDRESS", "http://localhost:8000").rstrip("/")  # for links in e-mails
EMAIL_HOST = env.text("EMAIL_HOST")  # empty: e-mails are printed by the worker
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_SECURITY = env.choice("EMAIL_SECURITY", "starttls", ("none", "starttls", "ssl"))
EMAIL_USE_TLS = EMAIL_SECURITY == "starttls"
EMAIL_USE_SSL = EMAIL_SECURITY == "ssl"
EMAIL_PORT = env.number("EMAIL_PORT", {"none": 25, "starttls": 587, "ssl": 465}[EMAIL_SECURITY], least=1)
EMAIL_HOST_USER = env.text("EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD").strip()
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Image Creator <noreply@localhost>")

# ---- logs ----
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
