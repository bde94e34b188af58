"""Kinds of projects, each as people have it, rebuilt small; capitals stand for what is the test's own."""

from dataclasses import dataclass

from tests.cli.adopt.project import COMPOSE, DIRECT, WEB


@dataclass(frozen=True)
class Kind:
    """Its files, what `adopt` shall show of the changes, and what it shall say besides."""

    files: dict[str, str]
    shows: tuple[str, ...]
    says: tuple[str, ...] = ()
    #: the service of the compose file
    service: str = "web"
    #: no file but the config and bluegreen's own is new
    new: tuple[str, ...] = ("bluegreen.toml", "nginx/bluegreen-NAME.inc")
    scheme: str = "http"
    #: of the site, where the service answers
    path: str = ""


UPSTREAM = """# the shop's own
upstream shop {
    server web:8000;
    keepalive 16;
}

server {
    listen 80 default_server;
    server_name shop.example.org;
    location / { proxy_pass http://shop; proxy_set_header Host $http_host; }
    location /api/ { proxy_pass http://shop/v1/; proxy_set_header Host $http_host; }
    location /ws { proxy_pass http://web:8000; proxy_set_header Host $http_host; }
    location /docs/ { proxy_pass http://docs:8000/; }
}
"""
DEBUG = "  debug: {build: .., profiles: [debug]}\n"
DOCS = "  docs:\n    build: .\n"
TLS = """server {
    listen 80;
    server_name shop.example.org;
    location /.well-known/acme-challenge/ { root /var/www/certbot; }
    location / { return 301 https://$host$request_uri; }
}
server {
    listen 443 ssl;
    server_name shop.example.org;
    ssl_certificate /etc/nginx/conf.d/site.crt;
    ssl_certificate_key /etc/nginx/conf.d/site.key;
    location / { proxy_pass http://web:8000; proxy_set_header Host $host; }
}
"""
CERTBOT = """  certbot:
    image: PYTHON
    command: [sleep, infinity]
    stop_grace_period: 0s
    volumes: ["./certbot:/var/www/certbot"]
"""
TEMPLATE = """server {
    listen 80;
    location / {
        proxy_pass http://${APP_HOST}:8000;
        proxy_set_header Host $http_host;
    }
}
"""
#: as the public image does it with envsubst when it starts
FILLED = (
    "    environment: {APP_HOST: web}\n"
    '    command: [sh, -c, "sed s/..APP_HOST./$${APP_HOST}/ /etc/nginx/templates/default.conf.template '
    "> /etc/nginx/conf.d/default.conf; exec nginx -g 'daemon off;'\"]\n"
)
FOLDER = '["./nginx:/etc/nginx/conf.d"]'
NODE = """name: NAME
services:
  api:
    container_name: NAME-the-api
    build: .
    environment: {RELEASE: "${BLUEGREEN_RELEASE:-before}"}
    expose: ["8000"]
  frontend:
    build: .
  nginx:
    image: NGINX
    ports: ["127.0.0.1:SITE:80"]
    volumes: ["./nginx:/etc/nginx/conf.d"]
    depends_on: [api, frontend]
"""

KINDS = {
    "an upstream of its own, several locations": Kind(
        {"docker-compose.yml": COMPOSE + DOCS, "nginx/site.conf": UPSTREAM},
        ("+include /etc/nginx/conf.d/bluegreen-NAME.inc;", "+    location /ws { proxy_pass http://shop;"),
        ("`keepalive 16;`", 'host_header = "shop.example.org"'),
    ),
    "envsubst templates": Kind(
        {
            "docker-compose.yml": COMPOSE.replace(FOLDER, '["./templates:/etc/nginx/templates"]') + FILLED,
            "templates/default.conf.template": TEMPLATE,
        },
        ("-        proxy_pass http://${APP_HOST}:8000;", "+include /etc/nginx/templates/bluegreen-NAME.inc;"),
        new=("bluegreen.toml", "templates/bluegreen-NAME.inc"),
    ),
    "a base file and an override": Kind(
        {
            "docker-compose.yml": COMPOSE.replace("WEB\n", "  web:\n    build: .\n"),
            "docker-compose.override.yml": "services:\n" + WEB.replace("    build: .\n", ""),
            "nginx/site.conf": DIRECT,
        },
        ("+        proxy_pass http://web;",),
        ('files = ["docker-compose.yml", "docker-compose.override.yml"]',),
    ),
    "a single file that is mounted": Kind(
        {
            "docker-compose.yml": COMPOSE.replace(FOLDER, '["./site.conf:/etc/nginx/conf.d/default.conf"]'),
            "site.conf": DIRECT,
        },
        ("+include /etc/nginx/conf.d/bluegreen-NAME.inc;", "+        proxy_pass http://web;"),
        ("lies in the container", "the site is away for about two seconds", 'copy_to = "/etc/nginx/conf.d/blue'),
        new=("bluegreen.toml",),
    ),
    "TLS, with certbot beside it": Kind(
        {
            "docker-compose.yml": COMPOSE.replace("SITE:80", ':80", "127.0.0.1:SITE:443').replace(
                FOLDER, '["./nginx:/etc/nginx/conf.d:ro", "./certbot:/var/www/certbot:ro"]'
            )
            + CERTBOT,
            "nginx/site.conf": TLS,
            "certbot/.keep": "",
        },
        ("+    location / { proxy_pass http://web;",),
        ('url = "https://127.0.0.1:SITE"', 'host_header = "shop.example.org"'),
        scheme="https",
    ),
    "an image of a registry": Kind(
        {
            "docker-compose.yml": COMPOSE.replace("WEB\n", WEB.replace("build: .", "image: NAME-app:1")),
            "nginx/site.conf": DIRECT,
        },
        ("+        proxy_pass http://web;",),
    ),
    "include and profiles": Kind(
        {
            "docker-compose.yml": "include: [app/compose.yml]\n" + COMPOSE.replace("WEB\n", ""),
            "app/compose.yml": "services:\n" + WEB.replace("build: .", "build: ..") + DEBUG,
            "nginx/site.conf": DIRECT,
        },
        ("+        proxy_pass http://web;",),
    ),
    "Node and its frontend": Kind(
        {
            "docker-compose.yml": NODE,
            "nginx/site.conf": "server {\n    listen 80;\n    location / { proxy_pass http://frontend:8000; }\n"
            "    location /api { proxy_pass http://NAME-the-api:8000; }\n}\n",
        },
        ("+    location /api { proxy_pass http://NAME-the-api; }",),
        ('service = "api"',),
        service="api",
        path="api",
        new=("bluegreen.toml", "nginx/bluegreen-NAME.inc"),
    ),
    "a variable with Docker's resolver": Kind(
        {
            "docker-compose.yml": COMPOSE,
            "nginx/site.conf": "server {\n    listen 80;\n    resolver 127.0.0.11;\n    set $up http://web:8000;\n"
            "    location / { proxy_pass $up; proxy_set_header Host $http_host; }\n}\n",
        },
        ("+    location / { proxy_pass http://web;",),
    ),
}
