"""sqlite-web, a browser for SQLite databases, on the database of a small bicycle shop."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from envs.tasks.applications.base import Application, Instance, State
from envs.tasks.applications.state import schema, tables

DATABASE = "shop.db"
_TABLES = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, city TEXT,
    active INTEGER DEFAULT 1);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT, price REAL, stock INTEGER);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id),
    product_id INTEGER REFERENCES products(id), quantity INTEGER, status TEXT, ordered_on TEXT);
CREATE TABLE suppliers (id INTEGER PRIMARY KEY, company TEXT, phone TEXT, country TEXT);
CREATE TABLE old_imports (id INTEGER PRIMARY KEY, line TEXT);
CREATE INDEX orders_by_status ON orders (status);
"""
_FIRST = ("Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katya", "Liam")
_LAST = ("Moser", "Okafor", "Petit", "Quinn", "Rossi", "Silva", "Tanaka")
_CITIES = ("Leeds", "Lyon", "Porto", "Graz", "Turin")
_PRODUCTS = (
    ("City bell", "Parts", 9.5, 120), ("Trail helmet", "Clothing", 64.0, 18), ("Rain jacket", "Clothing", 89.0, 7),
    ("Chain oil", "Care", 6.9, 210), ("Repair stand", "Tools", 129.0, 4), ("Floor pump", "Tools", 39.0, 25),
    ("Disc brake pads", "Parts", 17.5, 64), ("Child seat", "Parts", 99.0, 9), ("Head lamp", "Lights", 34.0, 41),
    ("Rear light", "Lights", 19.0, 58), ("Gel saddle", "Parts", 45.0, 0), ("Winter gloves", "Clothing", 29.0, 33),
)  # fmt: skip
_SUPPLIERS = (
    ("Alpina Parts", "+43 316 5550", "Austria"), ("Lumen Works", "+351 22 5551", "Portugal"),
    ("Norvik Tools", "+47 21 5552", "Norway"), ("Tessile Bianchi", "+39 011 5553", "Italy"),
)  # fmt: skip
_STATUS = ("paid", "shipped", "open", "paid", "returned")


def _seed(instance: Instance) -> None:
    with closing(sqlite3.connect(instance.data / DATABASE)) as db, db:
        db.executescript(_TABLES)
        for number in range(36):
            name = f"{_FIRST[number % 12]} {_LAST[(number * 5 + number // 12) % 7]}"
            mail = f"{name.split()[0].lower()}.{name.split()[1].lower()}@example.org"
            row = (number + 1, name, mail, _CITIES[number % 5], int(number % 9 != 4))
            db.execute("INSERT INTO customers VALUES (?, ?, ?, ?, ?)", row)
        db.executemany("INSERT INTO products (name, category, price, stock) VALUES (?, ?, ?, ?)", _PRODUCTS)
        db.executemany("INSERT INTO suppliers (company, phone, country) VALUES (?, ?, ?)", _SUPPLIERS)
        for number in range(75):
            order = (number * 7 % 36 + 1, number * 5 % 12 + 1, number % 3 + 1, _STATUS[number % 5])
            day = f"2026-{number % 9 + 1:02}-{number * 3 % 28 + 1:02}"
            db.execute("INSERT INTO orders VALUES (NULL, ?, ?, ?, ?, ?)", (*order, day))
        db.executemany("INSERT INTO old_imports (line) VALUES (?)", [("a;b;c",), ("d;e;f",)])


def _command(instance: Instance) -> list[str]:
    program = [instance.script("python"), instance.script("sqlite_web"), "--no-browser", "--host", "127.0.0.1"]
    return [*program, "--port", str(instance.port), "--rows-per-page", "20", str(instance.data / DATABASE)]


def _state(instance: Instance) -> State:
    database = instance.data / DATABASE
    return {**tables(database), "schema": schema(database)}


APPLICATION = Application(
    name="sqlite-web",
    title="sqlite-web",
    version="0.8.2",
    licence="MIT",
    kind="pip",
    packages=(
        "sqlite-web==0.8.2", "Flask==3.1.3", "peewee==4.5.3", "Pygments==2.21.0", "blinker==1.9.0", "click==8.5.1",
        "itsdangerous==2.2.0", "Jinja2==3.1.6", "MarkupSafe==3.0.4", "Werkzeug==3.1.9",
    ),
    seed=_seed,
    command=_command,
    state=_state,
)  # fmt: skip
