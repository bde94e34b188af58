"""Django's settings. Everything that differs from place to place comes from the environment."""

import os

#: "production" in the compose files; anything else is somebody's own machine
PRODUCTION = os.environ.get("DJANGO_CONFIGURATION") == "production"

DEBUG = not PRODUCTION
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"] if PRODUCTION else "only for development"
ALLOWED_HOSTS = os.environ.get("DJANGO_ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")

#: which version this is; bluegreen says so in each colour's environment
RELEASE = os.environ.get("RELEASE", "dev")
COLOR = os.environ.get("COLOR", "none")

INSTALLED_APPS = ["django.contrib.staticfiles", "guestbook"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ.get("POSTGRES_HOST", "127.0.0.1"),
        "NAME": "app",
        "USER": "app",
        "PASSWORD": os.environ.get("POSTGRES_PASSWORD", ""),
        # Both colours share the database: a query that waits must not hold the other one's up.
        "OPTIONS": {"connect_timeout": 3},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The proxy serves these files; the application only names them.
STATIC_URL = "/static/"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
