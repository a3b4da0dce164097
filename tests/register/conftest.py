"""Registers to read from: a small one written by hand on every database, and a seeded city."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.register.city import build_city
from gateway.register.index_build import build_index
from gateway.register.schema_map import SchemaMap
from gateway.register.schema_reading import read_schema_map
from gateway.register.sql import SqlRegister, open_register
from gateway.standing.tables import sqlite_schema
from tests.postgres import new_database

TODAY = date(2026, 11, 23)
SHIPPED_MAP = Path(__file__).parents[2] / "config" / "register-map.yaml"

TABLES = """
CREATE TABLE juki_resident (
    atena_no VARCHAR(10), setai_no VARCHAR(8), shimei VARCHAR(100), shimei_kana VARCHAR(100), umare_ymd VARCHAR(10),
    seibetsu_cd CHAR(1), zokugara VARCHAR(20), jumin_cd CHAR(2), choaza_cd VARCHAR(10), shi_mei VARCHAR(20),
    choaza_mei VARCHAR(20), chome_no INTEGER, banchi VARCHAR(50));
CREATE INDEX juki_resident_atena_no ON juki_resident (atena_no);
CREATE INDEX juki_resident_town ON juki_resident (substr(choaza_cd, 1, 8), atena_no);
CREATE INDEX juki_resident_setai_no ON juki_resident (setai_no);
CREATE TABLE tax_income (atena_no VARCHAR(10) PRIMARY KEY, shotoku_gaku INTEGER);
CREATE TABLE fee_arrears (atena_no VARCHAR(10) PRIMARY KEY, taino_gaku INTEGER);
CREATE TABLE disaster_certificate (atena_no VARCHAR(10) PRIMARY KEY, hisai_kbn VARCHAR(1));
CREATE TABLE juki_alias (
    atena_no VARCHAR(10) PRIMARY KEY, kyu_uji VARCHAR(50), kyu_uji_kana VARCHAR(50), tsusho VARCHAR(50));
CREATE TABLE juki_more (
    atena_no VARCHAR(10) PRIMARY KEY, nushi VARCHAR(100), honseki VARCHAR(100), hitto VARCHAR(100),
    jumin_ymd VARCHAR(10), jusho_ymd VARCHAR(10), todoke_ymd VARCHAR(10), shojo_ymd VARCHAR(10), kojin_no CHAR(12),
    jumin_code CHAR(11), senkyo INTEGER, kokuho CHAR(1), koki CHAR(1), kaigo CHAR(1), nenkin CHAR(1), jido CHAR(1),
    kazei CHAR(1), biko TEXT, mae_cd VARCHAR(10), mae_shi VARCHAR(50), mae_machi VARCHAR(50), mae_chome INTEGER,
    mae_banchi VARCHAR(50), saki_cd VARCHAR(10), saki_shi VARCHAR(50), saki_machi VARCHAR(50), saki_chome INTEGER,
    saki_banchi VARCHAR(50));
CREATE TABLE ido_rireki (
    atena_no VARCHAR(10), ido_no INTEGER, ido_jiyu_cd CHAR(2), ido_ymd VARCHAR(10), naiyo VARCHAR(50));
CREATE INDEX ido_rireki_atena_no ON ido_rireki (atena_no);
CREATE TABLE kyufu (
    atena_no VARCHAR(10), kyufu_no INTEGER, kyufu_cd INTEGER, kaishi_ymd VARCHAR(8), shuryo_ymd VARCHAR(8));
CREATE INDEX kyufu_atena_no ON kyufu (atena_no);
CREATE TABLE protective_measure (
    atena_no VARCHAR(10), kaishi_ymd VARCHAR(10), shuryo_ymd VARCHAR(10), aite_atena_no VARCHAR(10),
    aite_shimei VARCHAR(100), aite_umare_ymd VARCHAR(10));
CREATE INDEX protective_measure_atena_no ON protective_measure (atena_no)
"""

_SEASIDE = "'4820100101', '潮見市', '潮見', 1"
_RIVERSIDE = "'4820100203', '潮見市', '汐入町', 3"

_LINES = f"""
INSERT INTO juki_resident VALUES
    ('1000000001', '10000001', '磯野　波子', 'イソノ　ナミコ', '1980-04-02', '2', '世帯主', '1', {_SEASIDE}, '2番3号'),
    ('1000000002', '10000001', '磯野　渚', 'イソノ　ナギサ', '2015-12-31', '1', '子', '1', {_SEASIDE}, '2番3号'),
    ('1000000003', '10000002', '汐留　古', 'シオドメ　フル', '1925-00-00', '2', '世帯主', '1', {_RIVERSIDE}, '9番1号'),
    ('1000000004', '10000003', '双葉　一', 'フタバ　ハジメ', '1970-01-01', '1', '世帯主', '1', {_RIVERSIDE}, '1番1号'),
    ('1000000004', '10000004', '双葉　二', 'フタバ　ツギ', '1971-01-01', '2', '世帯主', '1', {_SEASIDE}, '1番7号'),
    ('1000000005', '10000005', '去田　遠', 'サリタ　トオシ', '1990-06-15', '1', '世帯主', '2', {_SEASIDE}, '4番4号'),
    ('1000000006', '10000006', '故山　静', 'コヤマ　シズカ', '1940-06-15', '2', '世帯主', '3', {_SEASIDE}, '5番5号'),
    ('1000000007', '10000007', '空木　白', '', '', NULL, ' ', '1', NULL, NULL, NULL, NULL, NULL),
    ('1000000008', '10000008', '壊井　誤', 'コワイ　アヤマリ', '1980-02-31', '7', '世帯主', '1', 'XX',
        '潮見市', '潮見', 1, '1番');
INSERT INTO tax_income VALUES ('1000000001', 3210000), ('1000000003', 0);
INSERT INTO fee_arrears VALUES ('1000000001', 12300);
INSERT INTO disaster_certificate VALUES ('1000000001', '4');
INSERT INTO juki_alias VALUES ('1000000001', '浜野', 'ハマノ', NULL);
INSERT INTO juki_more (atena_no, senkyo, jumin_ymd, biko, mae_cd, mae_shi, mae_machi, mae_chome, mae_banchi) VALUES
    ('1000000001', 1, '2004-04-00', 'DV に関する申出あり', '48999', '沖見市', '本町', NULL, '3番地'),
    ('1000000002', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    ('1000000008', 7, '2004-13-01', ' ', '48999', NULL, NULL, NULL, NULL);
INSERT INTO ido_rireki VALUES
    ('1000000001', 2, '02', '2012-08-01', NULL),
    ('1000000001', 10, '02', '2020-00-00', '世帯分離'),
    ('1000000001', 1, '01', NULL, ' '),
    ('1000000004', 1, '01', '2001-01-01', NULL),
    ('1000000006', 1, '77', '2001-01-01', NULL),
    ('1000000008', 1, '01', '2001-01-01', NULL),
    ('1000000008', 2, '02', '2001-02-31', NULL);
INSERT INTO kyufu VALUES
    ('1000000001', 1, 2, '20200401', NULL),
    ('1000000001', 2, 1, '20210401', '20220331'),
    ('1000000008', 1, 1, '20210401', 'unknown');
INSERT INTO protective_measure VALUES
    ('1000000001', '2026-11-23', '2027-11-22', '1000000004', NULL, NULL),
    ('1000000002', '2025-11-24', '2026-11-23', NULL, '外野　者', '1975-03-00'),
    ('1000000003', '2026-11-24', '2027-11-23', '1000000004', NULL, NULL),
    ('1000000005', '2025-11-23', '2026-11-22', '1000000004', NULL, NULL),
    ('1000000006', '2020-01-01', NULL, NULL, ' ', ''),
    ('1000000007', 'unknown', 'unknown', '', NULL, 'unknown')
"""


@dataclass(frozen=True)
class Database:
    """A database with the tables and lines above."""

    url: str

    def run(self, *statements: str) -> None:
        engine = sa.create_engine(self.url, poolclass=sa.pool.NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Database:
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path_factory.mktemp('register')}/register.db")
    return Database(new_database())


@pytest.fixture(scope="module")
def database(empty_database: Database, schema: SchemaMap) -> Database:
    """Every kind of database; tests of a module share it and only read."""
    empty_database.run(*TABLES.split(";"), *_LINES.split(";"))
    build_index(schema, empty_database.url)
    return empty_database


@pytest.fixture(scope="session")
def schema() -> SchemaMap:
    """The map of the database above."""
    return read_schema_map(Path(__file__).parent / "register-map.yaml", name="register-map.yaml")


@pytest.fixture(scope="session")
def shipped() -> SchemaMap:
    """The map of the city."""
    return read_schema_map(SHIPPED_MAP, name="register-map.yaml")


@pytest.fixture
async def register(database: Database, schema: SchemaMap) -> AsyncIterator[SqlRegister]:
    opened = open_register(database.url, schema)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city of 2,000; only read."""
    out = tmp_path_factory.mktemp("city")
    build_city(out, residents=2_000, seed=7, today=TODAY, standing_schema=sqlite_schema())
    return out
