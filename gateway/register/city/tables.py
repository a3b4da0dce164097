"""The tables of the fictional register, named the way a Japanese resident-information system names its own.

Rule: `juki_resident` has no unique key, because real registers now and then hold the same 宛名番号 twice and the
gateway must live with that (rule S5). Indexes are made last: they are built much faster than they grow.
"""

from __future__ import annotations

from typing import Final

TABLES: Final = """
CREATE TABLE juki_resident (
    atena_no TEXT NOT NULL,         -- 宛名番号
    setai_no TEXT NOT NULL,         -- 世帯番号
    shimei TEXT NOT NULL,           -- 氏名, U+3000 between the parts
    shimei_kana TEXT NOT NULL,      -- 振り仮名
    umare_ymd TEXT NOT NULL,        -- 生年月日, YYYY-MM-DD, 00 for what is not known
    seibetsu_cd TEXT NOT NULL,      -- 1 男, 2 女
    zokugara TEXT NOT NULL,         -- 続柄
    jumin_cd TEXT NOT NULL,         -- 1 住民, 2 転出, 3 死亡, 9 職権消除
    choaza_cd TEXT NOT NULL,        -- 町字コード
    shi_mei TEXT NOT NULL,
    choaza_mei TEXT NOT NULL,
    chome_no INTEGER NOT NULL,      -- 0 where there is none
    banchi TEXT NOT NULL
);
CREATE TABLE tax_income (atena_no TEXT NOT NULL PRIMARY KEY, shotoku_gaku INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE fee_arrears (atena_no TEXT NOT NULL PRIMARY KEY, taino_gaku INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE disaster_certificate (atena_no TEXT NOT NULL PRIMARY KEY, hisai_kbn TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE protective_measure (
    atena_no TEXT NOT NULL,
    kaishi_ymd TEXT NOT NULL,       -- first day
    shuryo_ymd TEXT,                -- last day
    aite_atena_no TEXT,             -- the other party: a resident, or a name and a birth date as far as known
    aite_shimei TEXT,
    aite_umare_ymd TEXT
);
CREATE TABLE city (seed INTEGER NOT NULL, today TEXT NOT NULL, residents INTEGER NOT NULL);
"""

INDEXES: Final = """
CREATE INDEX juki_resident_atena_no ON juki_resident (atena_no, jumin_cd, umare_ymd, choaza_cd);
CREATE INDEX juki_resident_choaza_cd ON juki_resident (choaza_cd, atena_no, jumin_cd, umare_ymd);
CREATE INDEX protective_measure_atena_no ON protective_measure (atena_no);
ANALYZE;
"""

REGISTER_TABLES: Final = {
    "juki_resident": 13,
    "tax_income": 2,
    "fee_arrears": 2,
    "disaster_certificate": 2,
    "protective_measure": 6,
    "city": 3,
}
"""Tables of the register with their number of columns."""

STANDING_TABLES: Final = {"staff": 2, "post": 8, "case_file": 4, "case_party": 3}
"""Tables of the standing database with their number of columns; their definition belongs to the standing wing."""
