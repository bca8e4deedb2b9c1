"""All settings, one file, driven by the environment. Every HUIYIN_ name stands in docs/operate/settings.md.

The data folder (HUIYIN_DATA) holds database, files, keys, enterprise.toml and imported calendars.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from config.data_folder import database_from, enterprise_from, secret_from

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("HUIYIN_DATA") or BASE_DIR / "data").resolve()
KEYS = DATA / "keys"
FILES = DATA / "files"

DEBUG = os.environ.get("HUIYIN_DEBUG") == "1"
SECRET_KEY = secret_from(KEYS / "session.key")
ALLOWED_HOSTS = os.environ.get("HUIYIN_HOSTS", "localhost 127.0.0.1 [::1]").split()
SITE_ADDRESS = os.environ.get("HUIYIN_ADDRESS", "http://localhost:8000").rstrip("/")
IS_HTTPS = SITE_ADDRESS.startswith("https://")

# Who the enterprise is: name, number prefix, how to reach the office, the external review organ (enterprise.toml).
ENTERPRISE = enterprise_from(DATA / "enterprise.toml")
# The limits. None: the policy.toml that ships with the product.
POLICY_FILE = Path(os.environ["HUIYIN_POLICY"]) if os.environ.get("HUIYIN_POLICY") else None
# Published working-day calendars beyond the shipped years, one JSON a year.
CALENDAR_DIR = DATA / "calendar"
# Licensed fonts (方正小标宋, 仿宋 …) for papers; empty: the shipped Noto Serif SC.
FONT_DIR = Path(os.environ["HUIYIN_FONTS"]) if os.environ.get("HUIYIN_FONTS") else None

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "huiyin.vault",
    "huiyin.trail",
    "huiyin.org",
    "huiyin.clocks",
    "huiyin.papers",
    "huiyin.notices",
    "huiyin.cases",
    "huiyin.oversight",
    "huiyin.ui",
    "huiyin.desk",
    "huiyin.portal",
    "huiyin.api",
    "huiyin.ops",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "huiyin.ui.headers.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "huiyin.ui.refusals.Refusals",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "huiyin.ui.context.everywhere",
            ],
        },
    }
]

DATABASES = {"default": database_from(os.environ.get("HUIYIN_DATABASE", ""), DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},  # Django's 300 would let a flood push out what limits it
    },
    # What hardly ever changes and may be a minute old; each process has its own.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "TIMEOUT": 60},
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

AUTH_USER_MODEL = "org.User"
AUTHENTICATION_BACKENDS = ["huiyin.org.sign_on.Accounts"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "huiyin.ui.refusals.stale_form"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not "no-referrer": browsers then send "Origin: null" with every form, which CsrfViewMiddleware rightly refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("HUIYIN_BEHIND_PROXY") == "1" else None
TRUSTED_PROXIES = int(os.environ.get("HUIYIN_TRUSTED_PROXIES", "0"))
# How many an address may send in 10 minutes; 0: any number.
FILINGS_PER_ADDRESS = int(os.environ.get("HUIYIN_FILINGS_PER_ADDRESS", "300"))
TICKETS_KEPT_DAYS = int(os.environ.get("HUIYIN_TICKETS_KEPT_DAYS", "30"))
UPLOADS_PER_ADDRESS = int(os.environ.get("HUIYIN_UPLOADS_PER_ADDRESS", "1200"))
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Forms take 20 and say so beside what was typed; Django's own limit would lose the words, so it stands further out.
DATA_UPLOAD_MAX_NUMBER_FILES = 100

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "huiyin" / "ui" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("HUIYIN_TIME_ZONE", "Asia/Shanghai")

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(FILES)}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG or os.environ.get("HUIYIN_PLAIN_STATIC") == "1":  # tests and development: no collectstatic
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True

EMAIL_HOST = os.environ.get("HUIYIN_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("HUIYIN_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("HUIYIN_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("HUIYIN_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("HUIYIN_SMTP_TLS") == "1"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("HUIYIN_MAIL_FROM", "huiyin@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "huiyin.ui.log_lines.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"django": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}
