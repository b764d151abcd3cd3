"""Django's own administration pages, over the small database of a training centre."""

from __future__ import annotations

import json
from typing import Any

from envs.tasks.applications.base import Application, Instance, State
from envs.tasks.applications.install import seed_with
from envs.tasks.applications.running import cookie
from envs.tasks.applications.state import tables

USER, PASSWORD = "office", "tulips-2026"
_SETTINGS = """\
from pathlib import Path
SECRET_KEY = "loopback only"
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles", "office"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware"]
ROOT_URLCONF = "urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).parent / "office.db"}}
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
"""
_URLS = """\
from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView
admin.site.site_header = "Training centre"
urlpatterns = [path("admin/", admin.site.urls), path("", RedirectView.as_view(url="/admin/"))]
"""
_MODELS = """\
from django.db import models

class Room(models.Model):
    name = models.CharField(max_length=60, unique=True)
    seats = models.PositiveIntegerField()
    projector = models.BooleanField("has a projector", default=False)
    def __str__(self): return self.name

class Teacher(models.Model):
    name = models.CharField(max_length=80)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    def __str__(self): return self.name

class Course(models.Model):
    LEVELS = [("b", "Beginner"), ("i", "Intermediate"), ("a", "Advanced")]
    title = models.CharField(max_length=100)
    teacher = models.ForeignKey(Teacher, models.PROTECT)
    room = models.ForeignKey(Room, models.SET_NULL, null=True, blank=True)
    level = models.CharField(max_length=1, choices=LEVELS, default="b")
    starts_on = models.DateField()
    fee = models.DecimalField(max_digits=7, decimal_places=2)
    published = models.BooleanField(default=False)
    def __str__(self): return self.title

class Participant(models.Model):
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    email = models.EmailField()
    company = models.CharField(max_length=80, blank=True)
    newsletter = models.BooleanField(default=False)
    courses = models.ManyToManyField(Course, blank=True)
    notes = models.TextField(blank=True)
    def __str__(self): return f"{self.first_name} {self.last_name}"
"""
_ADMIN = """\
from django.contrib import admin
from office.models import Course, Participant, Room, Teacher

@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    list_display = ["name", "seats", "projector"]

@admin.register(Teacher)
class TeacherAdmin(admin.ModelAdmin):
    list_display = ["name", "email", "phone"]

@admin.action(description="Publish the selected courses")
def publish(modeladmin, request, queryset):
    queryset.update(published=True)

@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
    list_display = ["title", "teacher", "room", "level", "starts_on", "fee", "published"]
    list_filter = ["level", "published", "teacher"]
    search_fields = ["title"]
    date_hierarchy = "starts_on"
    actions = [publish]

@admin.register(Participant)
class ParticipantAdmin(admin.ModelAdmin):
    list_display = ["last_name", "first_name", "email", "company", "newsletter"]
    list_filter = ["newsletter"]
    search_fields = ["first_name", "last_name", "company", "email"]
    filter_horizontal = ["courses"]
    list_per_page = 25
    ordering = ["last_name", "first_name"]
"""
_ROOMS = (("Oak", 24, True), ("Birch", 12, False), ("Maple", 40, True), ("Cedar", 8, False))
_TEACHERS = (("Nora Klein", "nora.klein@example.org", "555 0171"), ("Tom Ashby", "tom.ashby@example.org", "555 0172"),
             ("Yuki Arai", "yuki.arai@example.org", ""), ("Samir Haddad", "samir@example.org", "555 0174"))  # fmt: skip
_COURSES = (
    ("Spreadsheets for beginners", 1, 1, "b", "2027-01-11", "180.00", True),
    ("Spreadsheets II", 1, 1, "i", "2027-02-08", "220.00", True), ("First aid", 4, 3, "b", "2027-01-20", "95.00", True),
    ("First aid refresher", 4, 3, "i", "2027-03-03", "60.00", False),
    ("Photography basics", 3, 2, "b", "2027-02-15", "240.00", True),
    ("Photo editing", 3, 2, "a", "2027-03-22", "310.00", False), ("Bookkeeping", 2, 1, "i", "2027-01-25", "350.00", True),
    ("Public speaking", 2, 3, "b", "2027-02-02", "150.00", False),
    ("Web pages from scratch", 1, 4, "b", "2027-04-12", "270.00", True),
    ("Databases in depth", 1, 4, "a", "2027-05-10", "420.00", False),
    ("Negotiation", 2, 3, "a", "2027-03-15", "390.00", True), ("Portuguese A1", 3, 4, "b", "2027-01-18", "210.00", True),
)  # fmt: skip
_FIRST = ("Anna", "Ben", "Cleo", "David", "Emma", "Felix", "Gina", "Henry", "Iris", "Jack")
_LAST = ("Abbott", "Berger", "Costa", "Dunn", "Engel", "Fox", "Garcia")
_COMPANIES = ("Halden Ltd", "Mosaic", "", "Brightwater", "Kestrel Travel")


def _fixture() -> list[dict[str, Any]]:
    def rows(model: str, names: str, values: Any) -> list[dict[str, Any]]:
        named = (dict(zip(names.split(), one, strict=True)) for one in values)
        return [{"model": f"office.{model}", "pk": number, "fields": one} for number, one in enumerate(named, 1)]

    people = []
    for number in range(40):
        first, last = _FIRST[number % 10], _LAST[(number * 3 + number // 10) % 7]
        courses = [number % 12 + 1] + (
            [number * 5 % 12 + 1] if number % 3 == 0 and number * 5 % 12 != number % 12 else []
        )
        mail = f"{first}.{last}{number}@example.org".lower()
        people.append((first, last, mail, _COMPANIES[number % 5], number % 4 == 0, courses, ""))
    return [
        *rows("room", "name seats projector", _ROOMS),
        *rows("teacher", "name email phone", _TEACHERS),
        *rows("course", "title teacher room level starts_on fee published", _COURSES),
        *rows("participant", "first_name last_name email company newsletter courses notes", people),
        {"model": "auth.group", "pk": 1, "fields": {"name": "Reception", "permissions": []}},
        {"model": "auth.user", "pk": 2, "fields": {"username": "mila", "first_name": "Mila", "last_name": "Novak",
         "email": "mila@example.org", "is_staff": True, "is_active": True, "password": "!", "groups": [1],
         "date_joined": "2026-01-05T08:00:00Z"}},
    ]  # fmt: skip


def _seed(instance: Instance) -> None:
    office = instance.data / "office"
    office.mkdir()
    texts = {"models.py": _MODELS, "admin.py": _ADMIN, "__init__.py": ""}
    for name, text in {**{f"office/{name}": text for name, text in texts.items()}, "settings.py": _SETTINGS,
                       "urls.py": _URLS, "seed.json": json.dumps(_fixture())}.items():  # fmt: skip
        (instance.data / name).write_text(text, encoding="utf-8")
    environ = {
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": str(instance.data),
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    manage = [instance.script("python"), "-m", "django"]
    seed_with(instance, [*manage, "migrate", "--run-syncdb", "--verbosity", "0"], environ)
    who = ["--noinput", "--username", USER, "--email", "office@example.org"]
    seed_with(instance, [*manage, "createsuperuser", *who], environ)
    seed_with(instance, [*manage, "loaddata", "seed.json"], environ)
    (instance.data / "seed.json").unlink()


def _command(instance: Instance) -> list[str]:
    serve = ["-m", "django", "runserver", "--noreload", f"127.0.0.1:{instance.port}"]
    return [instance.script("python"), *serve]


def _state(instance: Instance) -> State:
    skip = ("django_session", "django_admin_log", "django_migrations", "django_content_type", "auth_permission")
    return tables(instance.data / "office.db", skip, {"auth_user": ("last_login",)})


def _login(instance: Instance) -> list[dict[str, Any]]:
    import httpx

    with httpx.Client(base_url=instance.url, trust_env=False) as web:
        web.get("admin/login/")
        form = {"username": USER, "password": PASSWORD, "csrfmiddlewaretoken": web.cookies["csrftoken"]}
        web.post("admin/login/", data=form)
        return [cookie(name, web.cookies[name]) for name in ("sessionid", "csrftoken")]


APPLICATION = Application(
    name="django-admin",
    title="Django admin",
    version="5.2.19",
    licence="BSD-3-Clause",
    kind="pip",
    packages=("Django==5.2.19", "asgiref==3.13.0", "sqlparse==0.6.1"),
    seed=_seed,
    command=_command,
    state=_state,
    login=_login,
    ready="/admin/login/",
    environ={"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": "{data}"},
)
