"""Django settings. Anything a site changes is an environment variable; see docs/operations.md."""

from pathlib import Path

from config.environment import parse_database_url, read, read_bool, read_list, read_secret

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = read_bool("JIELI_DEBUG")
SECRET_KEY = read_secret("JIELI_SECRET_KEY")
MASTER_KEY = read("JIELI_MASTER_KEY")
ALLOWED_HOSTS = read_list("JIELI_ALLOWED_HOSTS", "*")  # an unknown host finds no tenant and gets 404

# --- Rooms --------------------------------------------------------------------------------------
# A room of both lists has its tables in public *and* in every tenant. Each one is a table that a missing
# tenant table could silently fall through to, so tests/architecture pins the intersection.
SHARED_ROOMS = [
    "tenants.registry",
    "tenants.provisioning",
    "divisions",
    "community.supervision",
    "community.handover.exchange",
]
BOTH_ROOMS = ["kernel", "trail", "accounts", "access"]
TENANT_ROOMS = [
    "organization",
    "records",
    "files",
    "community.catchments",
    "community.routing",
    "community.handover",
    "followup.education",
    "followup.questionnaires",
    "followup.programmes",
    "followup.worklist",
    "followup.screening",
    "followup.transfers",
    "followup.review",
    "followup.statistics",
    "integrations.intake",
    "integrations.hl7v2",
]
FRAMEWORK_BOTH = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "guardian"]
FRAMEWORK_PLAIN = ["django.contrib.staticfiles", "rest_framework", "django_filters", "drf_spectacular"]

SHARED_APPS = ["django_tenants", *FRAMEWORK_BOTH, *FRAMEWORK_PLAIN, *BOTH_ROOMS, *SHARED_ROOMS]
TENANT_APPS = [*FRAMEWORK_BOTH, *BOTH_ROOMS, *TENANT_ROOMS]
INSTALLED_APPS = [*SHARED_APPS, *[app for app in TENANT_APPS if app not in SHARED_APPS], "config"]

TENANT_MODEL = "registry.Tenant"
TENANT_DOMAIN_MODEL = "registry.Domain"
PUBLIC_SCHEMA_NAME = "public"

AUTH_USER_MODEL = "accounts.StaffAccount"
ANONYMOUS_USER_NAME = None  # guardian: no anonymous row in every schema
AUTHENTICATION_BACKENDS = ["accounts.backends.StaffBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

# --- Databases ------------------------------------------------------------------------------------
# Two log-ins: the application's owns nothing and reaches a tenant only by SET ROLE (kernel.postgres); the
# owner's makes schemas and migrates. One URL for both works, with the first wall weaker.
_APP_URL = read("DATABASE_URL", "postgresql://jieli_app@127.0.0.1:5432/jieli")
_OWNER_URL = read("OWNER_DATABASE_URL", _APP_URL)
_POOL_SIZE = int(read("JIELI_DB_POOL", "0"))
DATABASES = {
    "default": {
        "ENGINE": "kernel.postgres",
        **parse_database_url(_APP_URL),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": _POOL_SIZE, "timeout": 10}} if _POOL_SIZE else {},
        "CONN_MAX_AGE": 0 if _POOL_SIZE else 60,
    },
    "owner": {"ENGINE": "kernel.postgres", **parse_database_url(_OWNER_URL)},
}
DATABASE_ROUTERS = ["kernel.routers.SchemaRouter", "django_tenants.routers.TenantSyncRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = read("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": read("JIELI_CACHE_PREFIX", "jieli"),
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
    }
}

# --- Objects --------------------------------------------------------------------------------------
S3_ENDPOINT_URL = read("S3_ENDPOINT_URL")
S3_ACCESS_KEY_ID = read("S3_ACCESS_KEY_ID")
S3_SECRET_ACCESS_KEY = read("S3_SECRET_ACCESS_KEY")
S3_REGION = read("S3_REGION", "us-east-1")
S3_BUCKET = read("S3_BUCKET", "jieli")

# --- HTTP -----------------------------------------------------------------------------------------
ROOT_URLCONF = "config.urls_tenant"
PUBLIC_SCHEMA_URLCONF = "config.urls_public"
ASGI_APPLICATION = "config.asgi.application"
MIDDLEWARE = [
    "kernel.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.registry.middleware.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kernel.middleware.IdempotencyMiddleware",
]
TEMPLATES: list[dict[str, object]] = []
APPEND_SLASH = False
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_NAME = "jieli_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = read_bool("JIELI_HTTPS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if read_bool("JIELI_HTTPS") else None
SECURE_HSTS_SECONDS = 31536000 if read_bool("JIELI_HTTPS") else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
RECORDING_MAX_BYTES = 50 * 1024 * 1024
# Days through which a former owner still opens a patient's record after the routing has moved them on.
ROUTING_KEEP_DAYS = int(read("JIELI_ROUTING_KEEP_DAYS", "14"))

STATIC_URL = "/static/"
WEB_ROOT = BASE_DIR / "frontend" / "web" / "dist"
WHITENOISE_ROOT = WEB_ROOT if WEB_ROOT.is_dir() else None
WHITENOISE_INDEX_FILE = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["access.permissions.DeclaredFunction"],
    "DEFAULT_RENDERER_CLASSES": ["kernel.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "kernel.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "kernel.problems.handle_exception",
    "COERCE_DECIMAL_TO_STRING": False,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Jieli API",
    "VERSION": "1",
    "DESCRIPTION": "接力：出院随访与县域医共体转接平台。错误一律为 application/problem+json。",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATIONS": True,
    # Choices stay where they are used: named enums of one field name in several rooms would collide.
    "POSTPROCESSING_HOOKS": [],
}

# --- Time and language ----------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
USE_I18N = True

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

JIELI_PUBLIC_HOSTS = read_list("JIELI_PUBLIC_HOSTS", "localhost,127.0.0.1")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": read("JIELI_LOG_LEVEL", "WARNING")},
}

SILENCED_SYSTEM_CHECKS = [
    "auth.W004",
    "guardian.W001",  # the backend is replaced by kernel's one definition of scope (access.selectors)
]
